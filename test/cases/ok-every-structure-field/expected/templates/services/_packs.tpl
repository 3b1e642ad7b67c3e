{{- /* Generated from values.yaml by npm run generate; edits are lost. Which schema files lie in which ConfigMap: by what its name ends with, then by service. As JSON. */ -}}
{{- define "shared-postgresql.packs" -}}
{{- $packs := dict }}
{{- $pack := dict }}
{{- $_ := set $pack "billing" (list "002_a.sql" "010_b.sql") }}
{{- $_ := set $packs "" $pack }}
{{- toJson $packs }}
{{- end }}
