{{/*
The objects of one service: the connection Secrets of its logins. Takes (list root structure name), as the generated template of the
service gives them: structure as far as it is not the default.
*/}}
{{- define "shared-postgresql.service" -}}
{{- $root := index . 0 }}
{{- include "shared-postgresql.complete" $root }}
{{- $structure := mergeOverwrite (include "shared-postgresql.serviceDefaults" $root | fromJson) (index . 1) }}
{{- $name := index . 2 }}
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
{{- include "shared-postgresql.connectionSecret" (merge (dict "user" (include "shared-postgresql.loginInUse" $structure) "secretName" $structure.secretName
      "rotation" $structure.rotation "certificate" $structure.clientCertificate "origin" (include "shared-postgresql.passwordOrigin" (list $root $values $values))) $login) }}
{{- include "shared-postgresql.issuedCertificate" (dict "root" $root "values" $values "user" $structure.user "loginInUse" (include "shared-postgresql.loginInUse" $structure)
      "rotation" $structure.rotation "certificate" $structure.clientCertificate) }}
{{- range $role, $given := $structure.roles }}
{{- /* The platform's pods are in the deployment's own namespace. */}}
{{- $login := set (omit $login "values") "values" (ternary dict $values (has $role ($structure.platformRoles | default list))) }}
{{- include "shared-postgresql.connectionSecret" (merge (dict "user" (include "shared-postgresql.loginInUse" $given) "secretName" $given.secretName
      "rotation" $given.rotation "certificate" $given.clientCertificate "origin" (include "shared-postgresql.passwordOrigin" (list $root $values (dig "roles" $role dict $values)))) $login) }}
{{- include "shared-postgresql.issuedCertificate" (dict "root" $root "values" $values "user" $given.user "loginInUse" (include "shared-postgresql.loginInUse" $given)
      "rotation" $given.rotation "certificate" $given.clientCertificate) }}
{{- end }}
{{- end }}
