{{- /* Generated from values.yaml by npm run generate; edits are lost. What the provisioning Job mounts: a Secret for each service, a ConfigMap for each that has schema files. */ -}}
{{- define "shared-postgresql.passwordSources" }}
{{- include "shared-postgresql.passwordSource" (list $ "billing" "billing.connection") }}
{{- end }}

{{- define "shared-postgresql.schemaSources" }}
{{- include "shared-postgresql.schemaSource" (list $ "billing" (list "002_a.sql" "010_b.sql")) }}
{{- end }}
