{{- /* Generated from values.yaml by npm run generate; edits are lost. Which schema files lie in which ConfigMap: by what its name ends with, then by service. As JSON. */ -}}
{{- define "shared-postgresql.packs" -}}
{{- $packs := dict }}
{{- $pack := dict }}
{{- $_ := set $pack "a" (list "001_mark.sql" "002_empty.sql") }}
{{- $_ := set $packs "" $pack }}
{{- toJson $packs }}
{{- end }}
