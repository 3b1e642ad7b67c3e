{{/* The ConfigMap of a pack of schema files, which is called after the bits of its services' hashes. Takes (list root bits). */}}
{{- define "shared-postgresql.schemaName" -}}
{{- printf "%s-schema" (include "shared-postgresql.fullname" (index . 0)) }}{{ with index . 1 }}-{{ . }}{{ end }}
{{- end }}

{{/* The sources of the volume of schema files. In it a file has its service's name before its own, which no other file can have. */}}
{{- define "shared-postgresql.schemaSources" -}}
{{- $sources := list }}
{{- range $bits, $_ := include "shared-postgresql.packs" . | fromJson }}
{{- $sources = append $sources (dict "configMap" (dict "name" (include "shared-postgresql.schemaName" (list $ $bits)))) }}
{{- end }}
{{- toJson $sources }}
{{- end }}
