{{- /* Generated from values.yaml by npm run generate; edits are lost. The Secrets that provisioning mounts of each service. Takes (list root template), the template of one source. */ -}}
{{- define "shared-postgresql.sources" }}
{{- $ := index . 0 }}
{{- $source := index . 1 }}
{{- include $source (list $ "a" "a-db-secret" (dict)) }}
{{- end }}

{{- /* What a service's template leaves out of its structure: the contract's defaults. */ -}}
{{- define "shared-postgresql.serviceDefaults" -}}
{{ `{"enabled":true,"drop":"","adopt":"","database":"","user":"","secretName":"","schema":"","encoding":"UTF8","locale":{"provider":"","name":""},"extensions":[],"placedExtensions":{},"connectionLimit":20,"rotation":0,"clientCertificate":"","timeouts":{"statement":"5min","lock":"30s","idleInTransaction":"5min"},"tempFileLimit":"1GB","workMem":"","searchPath":[],"roles":{}}` }}
{{- end }}
