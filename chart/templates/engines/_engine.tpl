{{/*
What runs PostgreSQL. Each engine is a folder beside this file: its manifests, which render nothing where another runs, and in its _engine.tpl the facts below,
by which all else knows the server. No template elsewhere asks which engine it is.
*/}}
{{- define "shared-postgresql.engine" -}}
{{- .Values.engine.kind }}
{{- end }}

{{/* A fact of the engine. Takes (list root fact). */}}
{{- define "shared-postgresql.ofEngine" -}}
{{- include (printf "shared-postgresql.%s.%s" (include "shared-postgresql.engine" (index . 0)) (index . 1)) (index . 0) }}
{{- end }}

{{/* The host name of the server, as a pod of any namespace resolves it. */}}
{{- define "shared-postgresql.host" -}}
{{- include "shared-postgresql.ofEngine" (list . "host") }}
{{- end }}

{{/* Its port there. */}}
{{- define "shared-postgresql.port" -}}
{{- include "shared-postgresql.ofEngine" (list . "port") }}
{{- end }}

{{/* Further hosts that a connection Secret names, by its keys, as JSON: what a service may read from, and a pooler. */}}
{{- define "shared-postgresql.furtherHosts" -}}
{{- include "shared-postgresql.ofEngine" (list . "furtherHosts") }}
{{- end }}

{{/* Names of Secrets that others make in the namespace, with whose they are, as JSON. */}}
{{- define "shared-postgresql.engineSecrets" -}}
{{- include "shared-postgresql.ofEngine" (list . "secrets") }}
{{- end }}

{{/* The Secret with the admin's password, under the key password. */}}
{{- define "shared-postgresql.adminSecretName" -}}
{{- include "shared-postgresql.ofEngine" (list . "adminSecretName") }}
{{- end }}

{{/* Whether that Secret may be missing, so that the pod starts nevertheless, and says why; empty when it may not. */}}
{{- define "shared-postgresql.mayLackAdminSecret" -}}
{{- include "shared-postgresql.ofEngine" (list . "mayLackAdminSecret") }}
{{- end }}

{{/* What the admin's sessions are told beside host and port, as environment variables; empty where it is the superuser postgres with its own database. */}}
{{- define "shared-postgresql.adminEnv" -}}
{{- include "shared-postgresql.ofEngine" (list . "adminEnv") }}
{{- end }}

{{/* How one becomes the admin, as a command for a person. */}}
{{- define "shared-postgresql.adminCommand" -}}
{{- include "shared-postgresql.ofEngine" (list . "adminCommand") }}
{{- end }}

{{/* Where the certificate comes from that the deployment gives the server; empty when it gives it none. */}}
{{- define "shared-postgresql.tlsMode" -}}
{{- include "shared-postgresql.ofEngine" (list . "tlsMode") }}
{{- end }}

{{/* Whether the server speaks TLS; empty when it does not. */}}
{{- define "shared-postgresql.speaksTls" -}}
{{- include "shared-postgresql.ofEngine" (list . "speaksTls") }}
{{- end }}

{{/* The certificate of its authority, for clients; empty where only the cluster knows it, or where there is none. */}}
{{- define "shared-postgresql.authority" -}}
{{- include "shared-postgresql.ofEngine" (list . "authority") }}
{{- end }}

{{/* How the deployment's own sessions know a server that speaks TLS: environment variables, a mount of /provisioning/tls, and its volume, called tls. */}}
{{- define "shared-postgresql.clientEnv" -}}
{{- include "shared-postgresql.ofEngine" (list . "clientEnv") }}
{{- end }}

{{- define "shared-postgresql.clientMount" -}}
- name: tls
  mountPath: /provisioning/tls
  readOnly: true
{{- end }}

{{- define "shared-postgresql.clientVolume" -}}
{{- include "shared-postgresql.ofEngine" (list . "clientVolume") }}
{{- end }}
