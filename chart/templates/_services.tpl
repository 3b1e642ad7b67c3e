{{/*
The objects of one service: the connection Secrets of its logins, and the ConfigMap of its schema files. Takes (list root
structure name files), as the generated template of the service gives them: structure as far as it is not the default.
*/}}
{{- define "shared-postgresql.service" -}}
{{- $root := index . 0 }}
{{- include "shared-postgresql.complete" $root }}
{{- $structure := mergeOverwrite (include "shared-postgresql.serviceDefaults" $root | fromJson) (index . 1) }}
{{- $name := index . 2 }}
{{- $files := index . 3 }}
{{- $values := get $root.Values.services $name }}
{{- include "shared-postgresql.unchanged" (list (printf "services.%s" $name) $structure $values) }}
{{- range $role, $_ := $values.roles }}
{{- if not (hasKey $structure.roles $role) }}
{{- include "shared-postgresql.regenerate" (printf "services.%s.roles.%s is in the values, but the chart was generated without it" $name $role) }}
{{- end }}
{{- end }}
{{- range $field := list "labels" "annotations" }}
{{- include "shared-postgresql.notOurs" (list (printf "services.%s.%s" $name $field) (get $values $field | default dict) "(meta\\.)?helm\\.sh/") }}
{{- end }}
{{- $login := dict "root" $root "values" $values "database" $structure.database }}
{{- include "shared-postgresql.connectionSecret" (merge (dict "user" $structure.user "secretName" $structure.secretName
      "own" (include "shared-postgresql.ownSecret" (list $root $values))) $login) }}
{{- range $role, $given := $structure.roles }}
{{- include "shared-postgresql.connectionSecret" (merge (dict "user" $given.user "secretName" $given.secretName
      "own" (include "shared-postgresql.ownSecret" (list $root (dig "roles" $role dict $values)))) $login) }}
{{- end }}
{{- if $files }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "shared-postgresql.metadata" (dict "root" $root "name" (include "shared-postgresql.schemaName" (list $root $name))
        "component" "service") | nindent 2 }}
data:
  {{- range $files }}
  {{- /* A JSON string is the one YAML scalar that loses nothing, but for NEL: to YAML 1.1 that is a line end, and between quotes a blank. */}}
  {{ toJson . }}: {{ regexReplaceAllLiteral "^-- [^\n]*\n" ($root.Files.Get (printf "sql/%s/%s" $name .)) "" | toJson | replace "\u0085" "\\u0085" }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.schemaName" -}}
{{- printf "%s-schema-%s" (include "shared-postgresql.fullname" (index . 0)) (index . 1) }}
{{- end }}

{{/* The source of a volume of schema files, if the service has some. Takes (list root service secretName roles files). */}}
{{- define "shared-postgresql.schemaSource" }}
{{- $service := index . 1 }}
{{- with index . 4 }}
- configMap:
    name: {{ include "shared-postgresql.schemaName" (list (index $ 0) $service) | toJson }}
    items: [{{ range $i, $file := . }}{{ if $i }}, {{ end }}{key: {{ toJson $file }}, path: {{ printf "%s/%s" $service $file | toJson }}}{{ end }}]
{{- end }}
{{- end }}
