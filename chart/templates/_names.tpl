{{/* What the objects are called. Kubernetes cuts nothing off by itself: 42 characters leave room for every suffix. */}}
{{- define "shared-postgresql.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride }}
{{- else if contains "shared-postgresql" .Release.Name }}
{{- .Release.Name | trunc 42 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-shared-postgresql" (.Release.Name | trunc 24 | trimSuffix "-") }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{- define "shared-postgresql.serviceName" -}}
{{- .Values.service.name | default (printf "%s-service" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{/* The host name of the server, as a pod of any namespace resolves it. */}}
{{- define "shared-postgresql.host" -}}
{{- printf "%s.%s.svc" (include "shared-postgresql.serviceName" .) (include "shared-postgresql.namespace" .) }}
{{- end }}

{{- define "shared-postgresql.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "shared-postgresql.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.adminSecretName" -}}
{{- .Values.auth.admin.existingSecret | default (printf "%s-admin" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{- define "shared-postgresql.claimName" -}}
{{- .Values.persistence.existingClaim | default (printf "%s-data" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{/* The image; a digest wins over the tag. */}}
{{- define "shared-postgresql.image" -}}
{{- $tag := .Values.image.tag | default (printf "%s-bookworm" .Values.postgresql.version) }}
{{- $image := printf "%s/%s:%s" .Values.image.registry .Values.image.repository $tag }}
{{- if .Values.image.digest }}{{ printf "%s@%s" $image .Values.image.digest }}{{ else }}{{ $image }}{{ end }}
{{- end }}
