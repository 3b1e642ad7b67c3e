{{/* What the Cluster is called. The operator makes a ServiceAccount with rights, Services and Secrets of that name, so none of the chart's own has it. */}}
{{- define "shared-postgresql.clusterName" -}}
{{- printf "%s-db" (include "shared-postgresql.fullname" .) }}
{{- end }}

{{/* A Service that the operator makes: rw finds the primary, ro the others, r all of them. Takes (list root which). */}}
{{- define "shared-postgresql.clusterHost" -}}
{{- printf "%s-%s.%s.svc" (include "shared-postgresql.clusterName" (index . 0)) (index . 1) (include "shared-postgresql.namespace" (index . 0)) }}
{{- end }}

{{- define "shared-postgresql.cloudnative-pg.host" -}}
{{- include "shared-postgresql.clusterHost" (list . "rw") }}
{{- end }}

{{- define "shared-postgresql.cloudnative-pg.port" -}}
5432
{{- end }}

{{/* Where there is one server, it is read as well. */}}
{{- define "shared-postgresql.cloudnative-pg.furtherHosts" -}}
{{- $read := ternary "ro" "r" (gt (int64 .Values.engine.cloudnativePg.instances) 1) }}
{{- $hosts := dict "read-host" (include "shared-postgresql.clusterHost" (list . $read)) }}
{{- if .Values.engine.cloudnativePg.pooler.instances }}
{{- $_ := set $hosts "pooler-host" (include "shared-postgresql.clusterHost" (list . "pooler")) }}
{{- end }}
{{- toJson $hosts }}
{{- end }}

{{- define "shared-postgresql.cloudnative-pg.adminSecretName" -}}
{{- include "shared-postgresql.superuserSecretName" . }}
{{- end }}

{{- define "shared-postgresql.cloudnative-pg.mayLackAdminSecret" -}}
{{- include "shared-postgresql.mayLackSuperuserSecret" . }}
{{- end }}

{{/* What the operator calls Secrets of its own. */}}
{{- define "shared-postgresql.cloudnative-pg.secrets" -}}
{{- $secrets := dict }}
{{- range $end := list "ca" "server" "replication" "superuser" "app" "pooler" }}
{{- $_ := set $secrets (printf "%s-%s" (include "shared-postgresql.clusterName" $) $end) "the operator" }}
{{- end }}
{{- toJson $secrets }}
{{- end }}

{{- define "shared-postgresql.cloudnative-pg.adminEnv" -}}
{{- end }}

{{/* Whichever pod is the primary now; its socket lets the system's user postgres in. */}}
{{- define "shared-postgresql.cloudnative-pg.adminCommand" -}}
{{- $namespace := include "shared-postgresql.namespace" . -}}
kubectl --namespace {{ $namespace }} exec --stdin --tty --container postgres $(kubectl --namespace {{ $namespace }} get pods --selector cnpg.io/cluster={{ include "shared-postgresql.clusterName" . }},cnpg.io/instanceRole=primary --output name) -- psql
{{- end }}

{{/* The operator gives the server its certificate. */}}
{{- define "shared-postgresql.cloudnative-pg.tlsMode" -}}
{{- end }}

{{- define "shared-postgresql.cloudnative-pg.speaksTls" -}}
yes
{{- end }}

{{/* In the Secret <cluster>-ca, which the operator makes: nobody has it before. */}}
{{- define "shared-postgresql.cloudnative-pg.authority" -}}
{{- end }}

{{- define "shared-postgresql.cloudnative-pg.clientEnv" -}}
- name: PGSSLMODE
  value: verify-full
- name: PGSSLROOTCERT
  value: /provisioning/tls/ca.crt
# The operator renews it.
- name: CERTIFICATE_OF
  value: others
{{- end }}

{{/*
The pod waits until the operator has made it. The key of that authority lies beside, and is not mounted. Nor is the server's certificate: the operator renews
it when it thinks fit, and whoever knows the authority knows it.
*/}}
{{- define "shared-postgresql.cloudnative-pg.clientVolume" -}}
- name: tls
  projected:
    sources:
      - secret:
          name: {{ printf "%s-ca" (include "shared-postgresql.clusterName" .) | toJson }}
          items: [{key: ca.crt, path: ca.crt}]
{{- end }}
