{{/*
Completes .Values before a template reads them: Helm leaves a field out for which somebody gave null, and `helm upgrade --reuse-values` knows
none that is newer than the release. Both mean the default; null for an entry of a map takes the entry out. All templates of a chart share
one .Values, so the first one does it for all.
*/}}
{{- define "shared-postgresql.complete" -}}
{{- if not (hasKey .Values "isComplete") }}
{{- $own := omit .Values "global" }}
{{- range $field, $value := $own }}
{{- if kindIs "invalid" $value }}
{{- $_ := unset $.Values $field }}
{{- else }}
{{- include "shared-postgresql.carried" (list $field $value) }}
{{- include "shared-postgresql.withoutNulls" $value }}
{{- end }}
{{- end }}
{{- range $path, $default := (.Files.Get "defaults.json" | fromJson).defaults }}
{{- $steps := splitList "." $path }}
{{- $map := $.Values }}
{{- range initial $steps }}
{{- if not (hasKey $map .) }}
{{- $_ := set $map . dict }}
{{- end }}
{{- $map = get $map . }}
{{- end }}
{{- if not (hasKey $map (last $steps)) }}
{{- $_ := set $map (last $steps) $default }}
{{- end }}
{{- end }}
{{- /* Files that a command of ours writes into a chart which nobody keeps: the passwords by login, the seed of others, and the Secrets that are there. Among the values, they are part of the Job's name. */}}
{{- with .Files.Get "passwords.json" }}
{{- $_ := set $.Values "passwords" (fromJson .) }}
{{- end }}
{{- with .Files.Get "seed.txt" }}
{{- $_ := set $.Values.auth "seed" . }}
{{- end }}
{{- with .Files.Get "present.json" }}
{{- $_ := set $.Values "present" (fromJson .) }}
{{- end }}
{{- $_ := set .Values "isComplete" true }}
{{- end }}
{{- end }}

{{/* Takes out what is null, at every depth of a map or list. */}}
{{- define "shared-postgresql.withoutNulls" -}}
{{- if or (kindIs "map" .) (kindIs "slice" .) }}
{{- range $key, $value := . }}
{{- if and (kindIs "invalid" $value) (kindIs "map" $) }}
{{- $_ := unset $ $key }}
{{- else if or (kindIs "map" $value) (kindIs "slice" $value) }}
{{- include "shared-postgresql.withoutNulls" $value }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Refuses what not even a JSON string carries through YAML: characters that it takes for the end of a line, or not at all. Takes (list field value). */}}
{{- define "shared-postgresql.carried" -}}
{{- with regexFind "[\\x7f-\\x{9f}\\x{feff}\\x{fffe}\\x{ffff}]" (toJson (index . 1)) }}
{{- fail (printf "%s has the character %+q, which cannot be carried to Kubernetes unchanged: leave it out." (index $ 0) .) }}
{{- end }}
{{- end }}
