{{/* A setting's value between quotes: a number as it was written, quotes and line ends as postgresql.conf wants them. */}}
{{- define "shared-postgresql.settingValue" -}}
{{- if kindIs "float64" . }}
{{- if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- else }}
{{- toString . | replace "\\" "\\\\" | replace "'" "''" | replace "\n" "\\n" }}
{{- end }}
{{- end }}
