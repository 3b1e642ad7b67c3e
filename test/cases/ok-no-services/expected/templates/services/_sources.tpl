{{- /* Generated from values.yaml by npm run generate; edits are lost. What the provisioning Job mounts: a Secret for each service, a ConfigMap for each that has schema files. */ -}}
{{- define "shared-postgresql.passwordSources" }}
{{- end }}

{{- define "shared-postgresql.schemaSources" }}
{{- end }}
