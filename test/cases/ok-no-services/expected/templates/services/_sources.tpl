{{- /* Generated from values.yaml by npm run generate; edits are lost. What the provisioning Job mounts: a Secret for each login, a ConfigMap for each service that has schema files. */ -}}
{{- define "shared-postgresql.passwordSources" }}
{{- end }}

{{- define "shared-postgresql.schemaSources" }}
{{- end }}

{{- /* What a service's template leaves out of its structure: the contract's defaults. */ -}}
{{- define "shared-postgresql.serviceDefaults" -}}
{{ `{"enabled":true,"drop":"","database":"","user":"","secretName":"","schema":"","encoding":"UTF8","locale":{"provider":"","name":""},"extensions":[],"connectionLimit":20,"timeouts":{"statement":"5min","lock":"30s","idleInTransaction":"5min"},"tempFileLimit":"1GB","workMem":"","searchPath":[],"roles":{}}` }}
{{- end }}
