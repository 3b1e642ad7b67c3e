{{/*
What a setting must be that has another value; empty when PostgreSQL takes it, by its kind and range. Takes (list kind value), the kind as
known-settings.json has it. Reads numbers as readAmount of the generator does.
*/}}
{{- define "shared-postgresql.settingMisfit" -}}
{{- $words := splitList " " (first .) }}
{{- $type := first $words }}
{{- $text := include "shared-postgresql.text" (last .) }}
{{- if eq $type "bool" }}
{{- $values := splitList "|" (rest $words | join " " | default "on|off") }}
{{- $isOn := regexMatch "^(?i:t(r(ue?)?)?|y(es?)?|on|1)$" $text }}
{{- $isOff := regexMatch "^(?i:f(a(l(se?)?)?)?|no?|off?|0)$" $text }}
{{- if not (or (and $isOn (has "on" $values)) (and $isOff (has "off" $values))) }}{{ join " or " $values }}{{ end }}
{{- else if eq $type "enum" }}
{{- $values := splitList "|" (rest $words | join " ") }}
{{- if not (has (lower $text) (splitList "|" (rest $words | join " " | lower))) }}
{{- if has "on" $values }}
{{- $values = without $values "0" "1" "true" "false" "yes" "no" }}
{{- end }}
{{- printf "one of %s" (join ", " $values) }}
{{- end }}
{{- else if ne $type "string" }}
{{- $isWhole := eq $type "integer" }}
{{- $unit := index $words 1 }}
{{- $own := regexFind "[A-Za-z]+$" $unit }}
{{- $sizes := dict "B" 1 "kB" 1024 "MB" 1048576 "GB" 1073741824 "TB" 1099511627776 }}
{{- $times := dict "us" 1 "ms" 1000 "s" 1000000 "min" 60000000 "h" 3600000000 "d" 86400000000 }}
{{- $units := ternary $sizes (ternary $times dict (hasKey $times $own)) (hasKey $sizes $own) }}
{{- $form := "^\\s*([+-]?(?:0[xX][0-9A-Fa-f]{1,15}|(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?))\\s*([A-Za-z]*)\\s*$" }}
{{- $given := regexReplaceAll $form $text "${2}" }}
{{- $digits := regexReplaceAll $form $text "${1}" }}
{{- $isOctal := and $isWhole (regexMatch "^[+-]?0[0-9]+$" $digits) }}
{{- $fits := and (regexMatch $form $text) (or (eq $given "") (hasKey $units $given)) (not (and $isOctal (regexMatch "[89]" $digits))) }}
{{- if $fits }}
{{- $number := ternary (int64 $digits | float64) (float64 $digits) (or $isOctal (regexMatch "[xX]" $digits)) }}
{{- if ne $given "" }}
{{- $number = divf (mulf $number (get $units $given)) (mul (get $units $own) (regexFind "^[0-9]+" $unit | default "1")) }}
{{- end }}
{{- if $isWhole }}
{{- $below := floor $number }}
{{- $rest := subf $number $below }}
{{- $number = ternary (addf $below (mod (int64 $below) 2)) (ternary (addf $below 1) $below (gt $rest 0.5)) (eq $rest 0.5) }}
{{- end }}
{{- $fits = and (ge $number (float64 (index $words 2))) (le $number (float64 (index $words 3))) }}
{{- end }}
{{- if not $fits }}
{{- printf "%s from %s" (ternary "a whole number" "a number" $isWhole) (index $words 2) }}
{{- if lt (float64 (index $words 3)) 1e300 }}{{ printf " to %s" (index $words 3) }}{{ end }}
{{- if $units }}{{ printf " (in %s), or one with a unit: %s" $unit (ternary "B, kB, MB, GB, TB" "us, ms, s, min, h, d" (hasKey $units "kB")) }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
