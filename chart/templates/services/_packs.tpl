{{- /* Generated from values.yaml by npm run generate; edits are lost. Which schema files lie in which ConfigMap: by what its name ends with, then by service. As JSON. */ -}}
{{- define "shared-postgresql.packs" -}}
{{- $packs := dict }}
{{- $pack := dict }}
{{- $_ := set $pack "appointment-service" (list "001_appointments.sql") }}
{{- $_ := set $pack "notification-service" (list "001_notifications.sql") }}
{{- $_ := set $pack "user-service" (list "001_tenants.sql" "002_users.sql" "003_updated_at.sql") }}
{{- $_ := set $packs "" $pack }}
{{- toJson $packs }}
{{- end }}
