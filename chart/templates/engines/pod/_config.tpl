{{/* postgresql.conf, pg_hba.conf and the script that starts the server with them, as the data of a ConfigMap. */}}
{{- define "shared-postgresql.serverConfig" -}}
postgresql.conf: {{ include "shared-postgresql.postgresqlConf" . | printf "%s\n" | toJson }}
pg_hba.conf: |
  {{- include "shared-postgresql.hbaConf" . | nindent 2 }}
start.sh: |
  {{- .Files.Get "engines/pod/start.sh" | nindent 2 }}
{{- end }}

{{/* Where TLS is required, whoever comes without it meets none of the lines but the last; where there is none, nobody shows a certificate. */}}
{{- define "shared-postgresql.hbaConf" -}}
{{- if .Values.tls.required }}
{{- if not (include "shared-postgresql.tlsMode" .) }}
{{- fail "tls.required is true, but tls.mode is off, and nobody could connect: set tls.mode, or tls.required to false." }}
{{- end }}
{{- regexReplaceAll "(?m)^host   (.* scram-sha-256)$" (.Files.Get "engines/pod/pg_hba.conf") "hostssl ${1}" }}
{{- else if include "shared-postgresql.tlsMode" . }}
{{- .Files.Get "engines/pod/pg_hba.conf" }}
{{- else }}
{{- regexReplaceAll "(?m)^(# Whoever must show a certificate|host(no)?ssl ).*\n" (.Files.Get "engines/pod/pg_hba.conf") "" }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.postgresqlConf" -}}
{{- $server := (.Files.Get "desired.json" | fromJson).server -}}
listen_addresses = '*'
port = 5432
max_connections = {{ int64 $server.maxConnections }}
# For the admin, provisioning and monitoring, however full the server is. The generator's budget counts with it.
superuser_reserved_connections = {{ int64 $server.reservedConnections }}
{{- range include "shared-postgresql.computedSettings" . | fromJsonArray }}
{{ .setting }} = '{{ .value }}'
{{- end }}
{{- range $name, $value := .Values.postgresql.settings }}
{{ $name }} = '{{ include "shared-postgresql.settingValue" $value }}'
{{- end }}
{{- end }}
