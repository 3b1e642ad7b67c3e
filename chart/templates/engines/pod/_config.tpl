{{/* postgresql.conf, pg_hba.conf and the script that starts the server with them, as the data of a ConfigMap. */}}
{{- define "shared-postgresql.serverConfig" -}}
{{- $server := (.Files.Get "desired.json" | fromJson).server }}
postgresql.conf: |
  listen_addresses = '*'
  port = 5432
  max_connections = {{ int64 .Values.postgresql.maxConnections }}
  # For the admin, provisioning and monitoring, however full the server is. The generator's budget counts with it.
  superuser_reserved_connections = {{ int64 $server.reservedConnections }}
  {{- /* From resources.limits.memory, as the table that the generator prints has it, unless postgresql.settings says otherwise. */}}
  {{- with include "shared-postgresql.kilobytes" (get (.Values.resources.limits | default dict) "memory") }}
  {{- $limit := int64 . }}
  {{- range $server.memory }}
  {{- if not (hasKey $.Values.postgresql.settings .setting) }}
  {{- $size := div (mul $limit (int64 .percent)) (mul 100 (int64 .shares)) }}
  {{ .setting }} = '{{ min (max $size (int64 .least)) (int64 .most) }}kB'
  {{- end }}
  {{- end }}
  {{- end }}
  password_encryption = 'scram-sha-256'
  log_statement = '{{ .Values.postgresql.logStatement }}'
  log_line_prefix = '%m [%p] %q%u@%d '
  {{- /* Who has no password holds a connection no longer than this; and no log has the parameters of a statement, which may be passwords. */}}
  {{- range $name, $value := dict "authentication_timeout" "10s" "log_parameter_max_length" "0" "log_parameter_max_length_on_error" "0" }}
  {{- if not (hasKey $.Values.postgresql.settings $name) }}
  {{ $name }} = '{{ $value }}'
  {{- end }}
  {{- end }}
  {{- range $name, $value := .Values.postgresql.settings }}
  {{ $name }} = '{{ include "shared-postgresql.settingValue" $value }}'
  {{- end }}
pg_hba.conf: |
  # Inside the pod, over the socket: the admin, whose password psql finds in PGPASSFILE, and services as from elsewhere.
  local  all       postgres                 scram-sha-256
  local  samerole  all                      scram-sha-256
  local  all       all                      reject
  # The admin.
  host   all       postgres  all            scram-sha-256
  # A service: a login that is a member of the role with the database's name, and nobody else. Holds for every service
  # there will ever be, so that adding one needs no reload.
  host   samerole  all       all            scram-sha-256
  host   all       all       all            reject
start.sh: |
  {{- .Files.Get "engines/pod/start.sh" | nindent 2 }}
{{- end }}

{{/* A quantity of memory in kB; empty when there is none, or none that the generator reads. */}}
{{- define "shared-postgresql.kilobytes" -}}
{{- $text := include "shared-postgresql.settingValue" . }}
{{- if regexMatch "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$" $text }}
{{- $unit := regexFind "[A-Za-z]+$" $text }}
{{- $bytes := get (dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776) $unit }}
{{- divf (mulf (float64 (trimSuffix $unit $text)) $bytes) 1024 | floor | int64 }}
{{- end }}
{{- end }}
