{{/*
Refuses values that shape the chart but differ from what it was generated for: a changed database name would give a
Secret that opens nothing. Takes (list path generated given).
*/}}
{{- define "shared-postgresql.unchanged" -}}
{{- $path := index . 0 }}
{{- $generated := index . 1 }}
{{- $given := index . 2 }}
{{- if not (kindIs "map" $given) }}
{{- include "shared-postgresql.regenerate" (printf "%s is not in the values, but the chart was generated with it" $path) }}
{{- end }}
{{- range $key, $expected := $generated }}
{{- $value := get $given $key }}
{{- if kindIs "map" $expected }}
{{- if kindIs "map" $value }}
{{- include "shared-postgresql.unchanged" (list (printf "%s.%s" $path $key) $expected $value) }}
{{- end }}
{{- else if and (hasKey $given $key) (ne (toJson $value) (toJson $expected)) (ne (toJson $value) "\"\"") (not (kindIs "invalid" $value)) }}
{{- include "shared-postgresql.regenerate" (printf "%s.%s is %s, but the chart was generated with %s" $path $key (toJson $value) (toJson $expected)) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.regenerate" -}}
{{- fail (printf "%s: put it into values.yaml and run `npm run generate`, then install the chart that it writes." .) }}
{{- end }}
