{{/*
The Secret of one login, unless it is the platform team's and its password is not given: in the namespace of the service's pods. Where that is another
than the deployment's, the Job finds name and password in its own, and so does the next upgrade. Takes (dict root values database user secretName origin rotation certificate [component]).
*/}}
{{- define "shared-postgresql.connectionSecret" -}}
{{- if or (ne .origin "existingSecret") (hasKey (get .root.Values "passwords" | default dict) .user) }}
{{- $connection := include "shared-postgresql.connection" (dict
      "root" .root
      "host" (include "shared-postgresql.host" .root)
      "port" (include "shared-postgresql.port" .root)
      "database" .database
      "user" .user
      "certificate" .certificate
      "password" (include "shared-postgresql.password" (list .root .secretName .user .database .origin .rotation))) | fromJson }}
{{- with include "shared-postgresql.authority" .root }}
{{- $_ := set $connection "ca.crt" . }}
{{- end }}
{{- range $key, $host := include "shared-postgresql.furtherHosts" .root | fromJson }}
{{- $_ := set $connection $key $host }}
{{- end }}
{{- if .rotation }}
{{- $_ := set $connection "rotation" (.rotation | int64 | toString) }}
{{- end }}
{{- $secret := dict "root" .root "name" .secretName "component" (.component | default "service") "labels" .values.labels "annotations" .values.annotations }}
{{- $namespace := include "shared-postgresql.serviceNamespace" (list .root .values) }}
{{- include "shared-postgresql.loginSecret" (list (merge (dict "namespace" $namespace) $secret) .origin $connection) }}
{{- if ne $namespace (include "shared-postgresql.namespace" .root) }}
{{- if eq .origin "externalSecret" }}
{{- fail (printf "the password of %s would be made in the namespace %s alone, but the Job needs it in its own as well: with externalSecret leave the service's namespace empty, or let its passwords come from elsewhere." .user $namespace) }}
{{- end }}
{{- include "shared-postgresql.loginSecret" (list (omit $secret "labels" "annotations") .origin (pick $connection "username" "database" "password" "rotation")) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The Secret of a login, or what the External Secrets Operator makes it of. Takes (list metadata origin data), what shared-postgresql.metadata takes,
where the password comes from, and texts.
*/}}
{{- define "shared-postgresql.loginSecret" }}
{{- $metadata := index . 0 }}
{{- $origin := index . 1 }}
{{- if eq $origin "externalSecret" }}
{{- include "shared-postgresql.externalSecret" (list $metadata (index . 2)) }}
{{- else }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "shared-postgresql.metadata" $metadata | nindent 2 }}
type: kubernetes.io/basic-auth
{{- if eq $origin "generated" }}
{{- include "shared-postgresql.unchangeable" $metadata.root }}
{{- end }}
data:
  {{- range $key, $text := index . 2 }}
  {{ toJson $key }}: {{ $text | b64enc | toJson }}
  {{- end }}
{{- end }}
{{- end }}

{{/*
The Secret of a login of the deployment itself, which has the same name after a rotation: so it has the password before as well, by which the Job comes in
to set the one that it has now. Takes (list metadata user rotation), the first what shared-postgresql.metadata takes.
*/}}
{{- define "shared-postgresql.ownSecret" }}
{{- $metadata := index . 0 }}
{{- $user := index . 1 }}
{{- $rotation := index . 2 | int64 }}
{{- $origin := include "shared-postgresql.ownOrigin" $metadata.root }}
{{- $data := dict "username" $user }}
{{- with include "shared-postgresql.password" (list $metadata.root $metadata.name $user "" $origin $rotation) }}
{{- $_ := set $data "password" . }}
{{- end }}
{{- if $rotation }}
{{- $_ := set $data "rotation" (toString $rotation) }}
{{- with include "shared-postgresql.formerPassword" (list $metadata.root $metadata.name $user "" $origin $rotation) }}
{{- $_ := set $data "former-password" . }}
{{- end }}
{{- end }}
{{- include "shared-postgresql.loginSecret" (list $metadata $origin $data) }}
{{- end }}

{{/* The sources of a volume of passwords: the Secrets of a service's logins. Optional, so that one that is missing does not keep the other services waiting. Takes (list root service secretName roles). */}}
{{- define "shared-postgresql.passwordSources" -}}
{{- $service := index . 1 }}
{{- $values := get (index . 0).Values.services $service }}
{{- include "shared-postgresql.passwordSource" (list ($values.existingSecret | default (index . 2)) $service) }}
{{- include "shared-postgresql.certificateSource" (list $values $service) }}
{{- range $role, $secretName := index . 3 }}
{{- include "shared-postgresql.passwordSource" (list (dig "roles" $role "existingSecret" "" $values | default $secretName) (printf "%s.%s" $service $role)) }}
{{- include "shared-postgresql.certificateSource" (list (dig "roles" $role dict $values) (printf "%s.%s" $service $role)) }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.passwordSource" }}
- secret:
    name: {{ index . 0 | toJson }}
    optional: true
    items: [{key: password, path: {{ printf "%s/password" (index . 1) | toJson }}}]
{{- end }}

{{/* The source of the certificate that a login must show, beside its password. Takes (list values credential). */}}
{{- define "shared-postgresql.certificateSource" }}
{{- $credential := index . 1 }}
{{- with (index . 0).clientCertificate }}
- secret:
    name: {{ toJson . }}
    optional: true
    items: [{key: tls.crt, path: {{ printf "%s/tls.crt" $credential | toJson }}}, {key: tls.key, path: {{ printf "%s/tls.key" $credential | toJson }}}]
{{- end }}
{{- end }}
