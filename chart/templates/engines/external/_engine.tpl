{{- define "shared-postgresql.external.host" -}}
{{- .Values.engine.external.host }}
{{- end }}

{{- define "shared-postgresql.external.port" -}}
{{- int64 .Values.engine.external.port }}
{{- end }}

{{- define "shared-postgresql.external.furtherHosts" -}}
{}
{{- end }}

{{- define "shared-postgresql.external.secrets" -}}
{}
{{- end }}

{{/* Nobody but the platform team has the password of such an admin. */}}
{{- define "shared-postgresql.external.adminSecretName" -}}
{{- .Values.auth.admin.existingSecret }}
{{- end }}

{{- define "shared-postgresql.external.mayLackAdminSecret" -}}
{{- end }}

{{/* Who is no superuser may not say what is logged of a session, and gets no session that tries. */}}
{{- define "shared-postgresql.external.adminEnv" -}}
- name: ADMIN_USER
  value: {{ toJson .Values.engine.external.user }}
- name: ADMIN_DATABASE
  value: {{ toJson .Values.engine.external.database }}
- name: ADMIN_KIND
  value: plain
{{- end }}

{{- define "shared-postgresql.external.adminCommand" -}}
{{- with .Values.engine.external -}}
psql "host={{ .host }} port={{ int64 .port }} user={{ .user }} dbname={{ .database }}"
{{- end }}
{{- end }}

{{/* Its provider gives it one. */}}
{{- define "shared-postgresql.external.tlsMode" -}}
{{- end }}

{{/* To YAML, off is false. */}}
{{- define "shared-postgresql.external.speaksTls" -}}
{{- if not (has (toString .Values.engine.external.tls.mode) (list "off" "false")) }}yes{{ end }}
{{- end }}

{{- define "shared-postgresql.external.authority" -}}
{{- end }}

{{- define "shared-postgresql.external.clientEnv" -}}
- name: PGSSLMODE
  value: {{ toJson .Values.engine.external.tls.mode }}
{{- if eq .Values.engine.external.tls.mode "verify-full" }}
- name: PGSSLROOTCERT
  value: /provisioning/tls/ca.crt
{{- else }}
- name: PGCHANNELBINDING
  value: require
{{- end }}
- name: CERTIFICATE_OF
  value: others
{{- end }}

{{- define "shared-postgresql.external.clientVolume" -}}
{{- $sources := list }}
{{- with .Values.engine.external.tls.existingSecret }}
{{- $sources = list (dict "secret" (dict "name" . "items" (list (dict "key" "ca.crt" "path" "ca.crt")))) }}
{{- end }}
- name: tls
  {{- include "shared-postgresql.projected" (list 292 (toJson $sources)) | nindent 2 }}
{{- end }}
