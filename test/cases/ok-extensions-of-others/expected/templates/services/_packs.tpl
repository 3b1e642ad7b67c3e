{{- /* Generated from values.yaml by npm run generate; edits are lost. Which schema files lie in which ConfigMap: by what its name ends with, then by service. As JSON. */ -}}
{{- define "shared-postgresql.packs" -}}
{{- $packs := dict }}
{{- toJson $packs }}
{{- end }}
