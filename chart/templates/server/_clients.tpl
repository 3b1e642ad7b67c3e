{{/* What selects all pods of the deployment but those that run PostgreSQL, as JSON. */}}
{{- define "shared-postgresql.clients" -}}
{{- $isOurs := dict "key" "app.kubernetes.io/name" "operator" "In" "values" (list .Chart.Name) }}
{{- $isClient := dict "key" "app.kubernetes.io/component" "operator" "NotIn" "values" (list "server") }}
{{- dict "matchLabels" (dict "app.kubernetes.io/instance" .Release.Name) "matchExpressions" (list $isOurs $isClient) | toJson }}
{{- end }}
