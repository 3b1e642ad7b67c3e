{{/*
What the chart sets of a server that it runs, beside the two numbers of connections and what postgresql.settings says, which wins: a JSON list of settings
with their values, in the order of postgresql.conf.
*/}}
{{- define "shared-postgresql.computedSettings" -}}
{{- $server := (.Files.Get "desired.json" | fromJson).server }}
{{- $given := .Values.postgresql.settings }}
{{- $settings := list }}
{{- /* From resources.limits.memory, as the table that the generator prints has it, unless postgresql.settings says otherwise. */}}
{{- with include "shared-postgresql.kilobytes" (get .Values.resources.limits "memory") }}
{{- $limit := int64 . }}
{{- range $server.memory }}
{{- if not (hasKey $given .setting) }}
{{- $size := div (sub (mul $limit (int64 .percent)) (mul 100 (int64 .less))) (mul 100 (int64 .shares)) }}
{{- $settings = append $settings (dict "setting" .setting "value" (printf "%dkB" (min (max $size (int64 .least)) (int64 .most)))) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $server.settings }}
{{- if not (hasKey $given .setting) }}
{{- $settings = append $settings . }}
{{- end }}
{{- end }}
{{- $settings = append $settings (dict "setting" "password_encryption" "value" "scram-sha-256") }}
{{- $settings = append $settings (dict "setting" "log_statement" "value" .Values.postgresql.logStatement) }}
{{- /* Who has no password holds a connection no longer than this; and no log has the parameters of a statement, which may be passwords. A
line begins with no name: whoever tries to log in chooses it, line ends and all. Whose the session was is said at its end. */}}
{{- range $name, $value := .Files.Get "engines/settings.json" | fromJson }}
{{- if not (hasKey $given $name) }}
{{- $settings = append $settings (dict "setting" $name "value" $value) }}
{{- end }}
{{- end }}
{{- toJson $settings }}
{{- end }}

{{/* A quantity of memory in kB, as readQuantity of the generator has it; empty when there is none, or none that it reads. */}}
{{- define "shared-postgresql.kilobytes" -}}
{{- $text := include "shared-postgresql.text" . }}
{{- if regexMatch "^\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?0*[0-9]{1,2})?$" $text }}
{{- $unit := regexFind "[A-Za-z]+$" $text }}
{{- $bytes := get (dict "" 1 "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18
      "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976) $unit }}
{{- $kilobytes := divf (mulf (float64 (trimSuffix $unit $text)) $bytes) 1024 | floor }}
{{- ternary 1e15 $kilobytes (gt $kilobytes 1e15) | int64 }}
{{- end }}
{{- end }}

{{/* Renders nothing: refuses settings with which the server would not start. */}}
{{- define "shared-postgresql.checkSettings" -}}
{{- with .Values.postgresql.settings }}
{{- $major := int $.Values.postgresql.version }}
{{- $kinds := dict }}
{{- range $kind, $names := ($.Files.Get "known-settings.json" | fromJson).settings }}
{{- range $word := splitList " " $names }}
{{- $majors := regexFindAll "[0-9]+" (regexFind "/.*" $word) -1 }}
{{- if or (not $majors) (and (ge $major (first $majors | default "0" | int)) (le $major (last $majors | default "0" | int))) }}
{{- $_ := set $kinds (regexFind "^[^/]+" $word) $kind }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := . }}
{{- if not (contains "." $name) }}
{{- if not (hasKey $kinds $name) }}
{{- fail (printf "postgresql.settings.%s is no setting that PostgreSQL %d reads from postgresql.conf, and with it the server would not start: look at its spelling, and at postgresql.version." $name $major) }}
{{- end }}
{{- if eq (get $kinds $name) "chart" }}
{{- fail (printf "postgresql.settings.%s cannot be set there: it has a field of its own, or the chart depends on it." $name) }}
{{- end }}
{{- with include "shared-postgresql.settingMisfit" (list (get $kinds $name) $value) }}
{{- fail (printf "postgresql.settings.%s is %s, and with it the server would not start: it must be %s." $name (toJson $value) .) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
