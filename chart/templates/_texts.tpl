{{/* A value as its text: a number as it was written, which Helm would print as 1e+06. */}}
{{- define "shared-postgresql.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end }}
{{- end }}

{{/* A setting's value between the quotes of postgresql.conf, where it may not stand on two lines. */}}
{{- define "shared-postgresql.settingValue" -}}
{{- include "shared-postgresql.text" . | replace "\\" "\\\\" | replace "'" "''" | replace "\n" "\\n" | replace "\r" "\\r" }}
{{- end }}
