{{/*
The Secret of one login, unless it is the platform team's: in the namespace of the service's pods. Where that is another than the deployment's, the
Job finds name and password in its own, and so does the next upgrade. Takes (dict root values database user secretName own).
*/}}
{{- define "shared-postgresql.connectionSecret" -}}
{{- if not .own }}
{{- $connection := include "shared-postgresql.connection" (dict
      "root" .root
      "host" (include "shared-postgresql.host" .root)
      "port" (printf "%d" (int64 .root.Values.service.port))
      "database" .database
      "user" .user
      "password" (include "shared-postgresql.password" (list .root .secretName .user .database))) | fromJson }}
{{- with include "shared-postgresql.authority" .root }}
{{- $_ := set $connection "ca.crt" . }}
{{- end }}
{{- $secret := dict "root" .root "name" .secretName "component" "service" "labels" .values.labels "annotations" .values.annotations }}
{{- $namespace := include "shared-postgresql.serviceNamespace" (list .root .values) }}
{{- include "shared-postgresql.loginSecret" (list (merge (dict "namespace" $namespace) $secret) $connection) }}
{{- if ne $namespace (include "shared-postgresql.namespace" .root) }}
{{- include "shared-postgresql.loginSecret" (list (omit $secret "labels" "annotations") (pick $connection "username" "database" "password")) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Takes (list metadata data), what shared-postgresql.metadata takes and texts. */}}
{{- define "shared-postgresql.loginSecret" }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "shared-postgresql.metadata" (index . 0) | nindent 2 }}
type: kubernetes.io/basic-auth
data:
  {{- range $key, $text := index . 1 }}
  {{ toJson $key }}: {{ $text | b64enc | toJson }}
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

{{/* The sources of a volume of passwords: the Secrets of a service's logins. Optional, so that one that is missing does not keep the other services waiting. Takes (list root service secretName roles). */}}
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
