{{- /* Generated from values.yaml by npm run generate; edits are lost. What the provisioning Job mounts: a Secret for each service, a ConfigMap for each that has schema files. */ -}}
{{- define "shared-postgresql.passwordSources" }}
{{- include "shared-postgresql.passwordSource" (list $ "appointment-service" "appointment-service-db-secret") }}
{{- include "shared-postgresql.passwordSource" (list $ "order-history-service" "order-history-service-db-secret") }}
{{- include "shared-postgresql.passwordSource" (list $ "user-service" "user-service-db-secret") }}
{{- end }}

{{- define "shared-postgresql.schemaSources" }}
{{- include "shared-postgresql.schemaSource" (list $ "user-service" (list "001_a.sql")) }}
{{- end }}
