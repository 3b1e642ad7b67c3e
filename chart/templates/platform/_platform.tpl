{{/*
The logins of the platform that open the admin's database, as the chart was generated: each with its name in the values, its login role, the Secret of
its password, the Secret that it has if the chart makes it, and its rotation. As JSON.
*/}}
{{- define "shared-postgresql.platformLogins" -}}
{{- $desired := .Files.Get "desired.json" | fromJson }}
{{- $found := list }}
{{- range $desired.platformLogins }}
{{- if not .replicates }}
{{- $name := trimPrefix "+" .name }}
{{- $existing := dig $name "existingSecret" "" $.Values.platformLogins }}
{{- $own := printf "%s-%s-login" (include "shared-postgresql.fullname" $) $name }}
{{- $found = append $found (dict "name" $name "user" .user "existing" $existing "own" $own "secret" ($existing | default $own)
      "rotation" (dig "platformLogins" $name "rotation" 0 $desired.structure)) }}
{{- end }}
{{- end }}
{{- toJson $found }}
{{- end }}

{{/* The sources of a volume of passwords: theirs, each by its credential. */}}
{{- define "shared-postgresql.platformPasswordSources" }}
{{- range include "shared-postgresql.platformLogins" . | fromJsonArray }}
{{- include "shared-postgresql.passwordSource" (list .secret (printf "+%s" .name)) }}
{{- end }}
{{- end }}
