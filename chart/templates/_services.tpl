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

{{/* The Secret of one login, unless it is the platform team's. Takes (dict root values database user secretName own). */}}
{{- define "shared-postgresql.connectionSecret" -}}
{{- if not .own }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "shared-postgresql.metadata" (dict "root" .root "name" .secretName "component" "service"
        "labels" .values.labels "annotations" .values.annotations) | nindent 2 }}
type: kubernetes.io/basic-auth
data:
  {{- $connection := include "shared-postgresql.connection" (dict
        "host" (include "shared-postgresql.host" .root)
        "port" (printf "%d" (int64 .root.Values.service.port))
        "database" .database
        "user" .user
        "password" (include "shared-postgresql.password" (list .root .secretName .user .database))) | fromJson }}
  {{- with include "shared-postgresql.authority" .root }}
  {{- $_ := set $connection "ca.crt" . }}
  {{- end }}
  {{- range $key, $text := $connection }}
  {{ toJson $key }}: {{ $text | b64enc | toJson }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The name of a Secret of the platform team's with a login's password; empty when the chart makes one. Takes (list root values), the values of a service or of one of its roles. */}}
{{- define "shared-postgresql.ownSecret" -}}
{{- $root := index . 0 }}
{{- $values := index . 1 }}
{{- if $values.existingSecret }}
{{- $values.existingSecret }}
{{- else if eq $root.Values.auth.passwords "existingSecret" }}
{{- true }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.schemaName" -}}
{{- printf "%s-schema-%s" (include "shared-postgresql.fullname" (index . 0)) (index . 1) }}
{{- end }}

{{/* The sources of a volume of passwords: the Secrets of a service's logins. Optional, so that one that is missing does not keep the other services waiting. Takes (list root service secretName roles files). */}}
{{- define "shared-postgresql.passwordSources" -}}
{{- $service := index . 1 }}
{{- $values := get (index . 0).Values.services $service }}
{{- include "shared-postgresql.passwordSource" (list ($values.existingSecret | default (index . 2)) $service) }}
{{- range $role, $secretName := index . 3 }}
{{- include "shared-postgresql.passwordSource" (list (dig "roles" $role "existingSecret" "" $values | default $secretName) (printf "%s.%s" $service $role)) }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.passwordSource" }}
- secret:
    name: {{ index . 0 | toJson }}
    optional: true
    items: [{key: password, path: {{ printf "%s/password" (index . 1) | toJson }}}]
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
