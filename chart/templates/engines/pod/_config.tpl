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
{{- /* From resources.limits.memory, as the table that the generator prints has it, unless postgresql.settings says otherwise. */}}
{{- with include "shared-postgresql.kilobytes" (get .Values.resources.limits "memory") }}
{{- $limit := int64 . }}
{{- range $server.memory }}
{{- if not (hasKey $.Values.postgresql.settings .setting) }}
{{- $size := div (sub (mul $limit (int64 .percent)) (mul 100 (int64 .less))) (mul 100 (int64 .shares)) }}
{{ .setting }} = '{{ min (max $size (int64 .least)) (int64 .most) }}kB'
{{- end }}
{{- end }}
{{- end }}
{{- range $server.settings }}
{{- if not (hasKey $.Values.postgresql.settings .setting) }}
{{ .setting }} = '{{ .value }}'
{{- end }}
{{- end }}
password_encryption = 'scram-sha-256'
log_statement = '{{ .Values.postgresql.logStatement }}'
{{- /* Who has no password holds a connection no longer than this; and no log has the parameters of a statement, which may be passwords. A
line begins with no name: whoever tries to log in chooses it, line ends and all. Whose the session was is said at its end. */}}
{{- range $name, $value := .Files.Get "engines/pod/settings.json" | fromJson }}
{{- if not (hasKey $.Values.postgresql.settings $name) }}
{{ $name }} = '{{ $value }}'
{{- end }}
{{- end }}
{{- range $name, $value := .Values.postgresql.settings }}
{{ $name }} = '{{ include "shared-postgresql.settingValue" $value }}'
{{- end }}
{{- end }}

{{/* A quantity of memory in kB, as readQuantity of the generator has it; empty when there is none, or none that it reads. */}}
{{- define "shared-postgresql.kilobytes" -}}
{{- $text := include "shared-postgresql.text" . }}
{{- if regexMatch "^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?0*[0-9]{1,2})?$" $text }}
{{- $unit := regexFind "[A-Za-z]+$" $text }}
{{- $bytes := get (dict "" 1 "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18
      "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976) $unit }}
{{- $kilobytes := divf (mulf (float64 (trimSuffix $unit $text)) $bytes) 1024 | floor }}
{{- ternary 1e15 $kilobytes (gt $kilobytes 1e15) | int64 }}
{{- end }}
{{- end }}
