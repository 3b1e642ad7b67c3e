{{/*
The objects of one service: its connection Secret, and the ConfigMap of its schema files. Takes (list root structure
name files), as the generated template of the service gives them.
*/}}
{{- define "shared-postgresql.service" -}}
{{- $root := index . 0 }}
{{- $structure := index . 1 }}
{{- $name := index . 2 }}
{{- $files := index . 3 }}
{{- $values := get $root.Values.services $name }}
{{- include "shared-postgresql.unchanged" (list (printf "services.%s" $name) $structure $values) }}
{{- if not (include "shared-postgresql.ownSecret" (list $root $name)) }}
apiVersion: v1
kind: Secret
metadata:
  {{- include "shared-postgresql.metadata" (dict "root" $root "name" $structure.secretName "component" "service"
        "labels" $values.labels "annotations" $values.annotations) | nindent 2 }}
type: kubernetes.io/basic-auth
data:
  {{- $connection := include "shared-postgresql.connection" (dict
        "host" (include "shared-postgresql.host" $root)
        "port" (printf "%d" (int64 $root.Values.service.port))
        "database" $structure.database
        "user" $structure.user
        "password" (include "shared-postgresql.password" (list $root $structure.secretName))) | fromYaml }}
  {{- range $key, $text := $connection }}
  {{ $key }}: {{ $text | b64enc }}
  {{- end }}
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
  {{- toYaml (dict . (regexReplaceAllLiteral "^-- [^\n]*\n" ($root.Files.Get (printf "sql/%s/%s" $name .)) "")) | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The name of a Secret of the platform team's with the service's password; empty when the chart makes one. Takes (list root service). */}}
{{- define "shared-postgresql.ownSecret" -}}
{{- $root := index . 0 }}
{{- $values := get $root.Values.services (index . 1) }}
{{- if $values.existingSecret }}
{{- $values.existingSecret }}
{{- else if eq $root.Values.auth.passwords "existingSecret" }}
{{- true }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.schemaName" -}}
{{- printf "%s-schema-%s" (include "shared-postgresql.fullname" (index . 0)) (index . 1) }}
{{- end }}

{{/* A source of the Job's volume of passwords. Optional, so that one missing Secret does not keep the other services waiting. Takes (list root service secretName). */}}
{{- define "shared-postgresql.passwordSource" -}}
{{- $values := get (index . 0).Values.services (index . 1) }}
- secret:
    name: {{ $values.existingSecret | default (index . 2) }}
    optional: true
    items: [{key: password, path: {{ index . 1 }}/password}]
{{- end }}

{{/* A source of the Job's volume of schema files. Takes (list root service files). */}}
{{- define "shared-postgresql.schemaSource" -}}
{{- $service := index . 1 }}
- configMap:
    name: {{ include "shared-postgresql.schemaName" (list (index . 0) $service) }}
    items: [{{ range $i, $file := index . 2 }}{{ if $i }}, {{ end }}{key: {{ $file }}, path: {{ $service }}/{{ $file }}}{{ end }}]
{{- end }}
