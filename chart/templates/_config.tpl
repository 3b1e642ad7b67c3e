{{/* postgresql.conf and pg_hba.conf, as the data of a ConfigMap. */}}
{{- define "shared-postgresql.serverConfig" -}}
postgresql.conf: |
  listen_addresses = '*'
  port = 5432
  max_connections = {{ int64 .Values.postgresql.maxConnections }}
  # For the admin, provisioning and monitoring, however full the server is. The generator's budget counts with it.
  superuser_reserved_connections = 10
  password_encryption = 'scram-sha-256'
  log_statement = '{{ .Values.postgresql.logStatement }}'
  log_line_prefix = '%m [%p] %q%u@%d '
  {{- range $name, $value := .Values.postgresql.settings }}
  {{ $name }} = '{{ include "shared-postgresql.settingValue" $value }}'
  {{- end }}
pg_hba.conf: |
  # The admin: over the socket inside the pod, which only this pod can open, and with a password from elsewhere.
  local  all       postgres                 trust
  host   all       postgres  all            scram-sha-256
  # A service: a login that is a member of the role with the database's name, and nobody else. Holds for every service
  # there will ever be, so that adding one needs no reload.
  host   samerole  all       all            scram-sha-256
  host   all       all       all            reject
{{- end }}

{{/* A setting's value between quotes: a number as it was written, quotes and line ends as postgresql.conf wants them. */}}
{{- define "shared-postgresql.settingValue" -}}
{{- if kindIs "float64" . }}
{{- if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- else }}
{{- toString . | replace "\\" "\\\\" | replace "'" "''" | replace "\n" "\\n" }}
{{- end }}
{{- end }}
