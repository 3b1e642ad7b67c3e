{{/*
The password in a Secret that the chart makes: the one that is given or there already for this login, or a new one. Whoever had a Secret of this name
before knows what stands in it, so a password is kept only with its login. Takes (list root name user database), the database empty for the
admin, whose password is kept also where no name stands beside it. lookup finds nothing in `helm template` and with Argo CD; see the README about where passwords come from.
*/}}
{{- define "shared-postgresql.password" -}}
{{- $root := index . 0 }}
{{- $name := index . 1 }}
{{- $given := get (get $root.Values "passwords" | default dict) (index . 2) }}
{{- $present := lookup "v1" "Secret" (include "shared-postgresql.namespace" $root) $name }}
{{- $isOwn := and $present
      (eq (dig "data" "username" (ternary (b64enc "postgres") "" (empty (index . 3))) $present | b64dec) (index . 2))
      (eq (dig "data" "database" "" $present | b64dec) (index . 3)) }}
{{- if $given }}
{{- $given }}
{{- else if not $isOwn }}
{{- /* 142 bits; every character stands in the release's 1 MiB several times for each service. */ -}}
{{- randAlphaNum 24 }}
{{- else if not (dig "data" "password" "" $present) }}
{{- fail (printf "Secret %s is there without the key password: add the key, or delete the Secret to have a new password made." $name) }}
{{- else }}
{{- $present.data.password | b64dec }}
{{- end }}
{{- end }}
