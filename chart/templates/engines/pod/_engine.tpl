{{- define "shared-postgresql.pod.host" -}}
{{- printf "%s.%s.svc" (include "shared-postgresql.serviceName" .) (include "shared-postgresql.namespace" .) }}
{{- end }}

{{- define "shared-postgresql.pod.port" -}}
{{- int64 .Values.service.port }}
{{- end }}

{{- define "shared-postgresql.pod.furtherHosts" -}}
{}
{{- end }}

{{- define "shared-postgresql.pod.secrets" -}}
{}
{{- end }}

{{- define "shared-postgresql.pod.adminSecretName" -}}
{{- include "shared-postgresql.superuserSecretName" . }}
{{- end }}

{{- define "shared-postgresql.pod.mayLackAdminSecret" -}}
{{- include "shared-postgresql.mayLackSuperuserSecret" . }}
{{- end }}

{{- define "shared-postgresql.pod.adminEnv" -}}
{{- end }}

{{- define "shared-postgresql.pod.adminCommand" -}}
kubectl --namespace {{ include "shared-postgresql.namespace" . }} exec --stdin --tty {{ lower .Values.workload.kind }}/{{ include "shared-postgresql.fullname" . }} -- psql
{{- end }}

{{/* To YAML, off is false. */}}
{{- define "shared-postgresql.pod.tlsMode" -}}
{{- if not (has (toString .Values.tls.mode) (list "off" "false")) }}{{ .Values.tls.mode }}{{ end }}
{{- end }}

{{- define "shared-postgresql.pod.speaksTls" -}}
{{- include "shared-postgresql.tlsMode" . }}
{{- end }}

{{/* What was made without a cluster is known to Secrets that nobody can change either. */}}
{{- define "shared-postgresql.pod.authority" -}}
{{- if eq (include "shared-postgresql.tlsMode" .) "generated" }}
{{- if or (include "shared-postgresql.sees" .) (eq .Values.auth.passwords "generated") (eq .Values.auth.passwords "deploy") }}
{{- dig "data" "ca.crt" "" (include "shared-postgresql.certificates" . | fromJson) }}
{{- end }}
{{- end }}
{{- end }}

{{/* By its authority and its name. */}}
{{- define "shared-postgresql.pod.clientEnv" -}}
- name: PGSSLMODE
  value: verify-full
- name: PGSSLROOTCERT
  value: /provisioning/tls/ca.crt
{{- end }}

{{/* The authority, and the certificate that the server is to serve: never its key. */}}
{{- define "shared-postgresql.pod.clientVolume" -}}
- name: tls
  projected:
    sources:
      - secret:
          name: {{ include "shared-postgresql.tlsSecretName" . | toJson }}
          items: [{key: ca.crt, path: ca.crt}, {key: tls.crt, path: tls.crt}]
          {{- if eq (include "shared-postgresql.tlsMode" .) "generated" }}
          optional: true
          {{- end }}
{{- end }}
