{{/* What the operator's plugin is told of the archive. As JSON. */}}
{{- define "shared-postgresql.archivePlugin" -}}
{{- dict "name" "barman-cloud.cloudnative-pg.io" "enabled" true "isWALArchiver" true
      "parameters" (dict "barmanObjectName" (include "shared-postgresql.archiveStoreName" .)) | toJson }}
{{- end }}

{{- define "shared-postgresql.archiveStoreName" -}}
{{- printf "%s-archive" (include "shared-postgresql.clusterName" .) }}
{{- end }}

{{/* Where the archive lies, and by what the plugin comes in. As JSON. */}}
{{- define "shared-postgresql.archiveStore" -}}
{{- $archive := .Values.engine.cloudnativePg.archive }}
{{- $credentials := dict "inheritFromIAMRole" true }}
{{- with $archive.existingSecret }}
{{- $credentials = dict "accessKeyId" (dict "name" . "key" "ACCESS_KEY_ID") "secretAccessKey" (dict "name" . "key" "ACCESS_SECRET_KEY") }}
{{- end }}
{{- $store := dict "destinationPath" $archive.destination "s3Credentials" $credentials "wal" (dict "compression" "gzip") "data" (dict "compression" "gzip") }}
{{- with $archive.endpoint }}
{{- $_ := set $store "endpointURL" . }}
{{- end }}
{{- toJson $store }}
{{- end }}
