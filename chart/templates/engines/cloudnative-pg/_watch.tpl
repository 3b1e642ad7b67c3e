{{/* How the watch finds whichever server is the primary. */}}
{{- define "shared-postgresql.clusterWatchEnv" -}}
- name: PGHOST
  value: {{ include "shared-postgresql.host" . | toJson }}
- name: PGPORT
  value: {{ include "shared-postgresql.port" . | toJson }}
{{ include "shared-postgresql.clientEnv" . }}
{{- end }}
