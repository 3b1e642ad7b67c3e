{{/*
What the objects are called. Kubernetes cuts nothing off by itself: 42 characters leave room for every suffix. A parent chart may have this
chart several times, each under an alias, which is then the chart's name.
*/}}
{{- define "shared-postgresql.fullname" -}}
{{- $name := .Chart.Name | lower | replace "." "-" | replace "_" "-" }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride }}
{{- else if and (eq $name "shared-postgresql") (contains $name .Release.Name) }}
{{- .Release.Name | trunc 42 | trimAll "-" }}
{{- else if gt (len $name) 32 }}
{{- fail (printf "the alias %s is too long to name objects after it: make it at most 32 characters long, or set fullnameOverride." .Chart.Name) }}
{{- else }}
{{- printf "%s-%s" (.Release.Name | trunc (sub 41 (len $name) | int) | trimAll "-") $name }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{- define "shared-postgresql.serviceName" -}}
{{- .Values.service.name | default (printf "%s-service" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{- define "shared-postgresql.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "shared-postgresql.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.claimName" -}}
{{- .Values.persistence.existingClaim | default (printf "%s-data" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{- define "shared-postgresql.backupClaimName" -}}
{{- .Values.backup.persistence.existingClaim | default (printf "%s-backups" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{- define "shared-postgresql.archiveSecretName" -}}
{{- .Values.backup.pointInTime.existingSecret | default (printf "%s-archive" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{/* The image; a digest wins over the tag. */}}
{{- define "shared-postgresql.image" -}}
{{- $tag := .Values.image.tag | default (printf "%s-bookworm" .Values.postgresql.version) }}
{{- $image := printf "%s/%s:%s" .Values.image.registry .Values.image.repository $tag }}
{{- if .Values.image.digest }}{{ printf "%s@%s" $image .Values.image.digest }}{{ else }}{{ $image }}{{ end }}
{{- end }}

{{/*
Refuses a service whose Secret, or one of whose roles' Secrets, is another's. Takes (list claims service secretName roles), the
claims being (dict owners services issues): the owner of each Secret so far, the services of the values, and whether the chart issues their certificates.
*/}}
{{- define "shared-postgresql.claimSecrets" }}
{{- $claims := index . 0 }}
{{- $service := index . 1 }}
{{- $values := get $claims.services $service | default dict }}
{{- include "shared-postgresql.claimSecret" (list $claims $service (printf "services.%s" $service) (index . 2) $values) }}
{{- range $role, $secretName := index . 3 }}
{{- include "shared-postgresql.claimSecret" (list $claims (printf "role %s of %s" $role $service)
      (printf "services.%s.roles.%s" $service $role) $secretName (dig "roles" $role dict $values)) }}
{{- end }}
{{- end }}

{{/* Claims the Secrets of one login; that of a certificate which the chart issues is no other of its own. Takes (list claims login path secretName values). */}}
{{- define "shared-postgresql.claimSecret" }}
{{- $owners := (index . 0).owners }}
{{- $issues := (index . 0).issues }}
{{- $login := index . 1 }}
{{- $path := index . 2 }}
{{- $names := dict "secretName" (index . 3) "existingSecret" (index . 4).existingSecret "clientCertificate" (index . 4).clientCertificate }}
{{- range $field := list "secretName" "existingSecret" "clientCertificate" }}
{{- with get $names $field }}
{{- $claimant := ternary (printf "the certificate of %s" $login) $login (and $issues (eq $field "clientCertificate")) }}
{{- $owner := ternary "Helm itself" (get $owners . | default $claimant) (hasPrefix "sh.helm.release." .) }}
{{- if ne $owner $claimant }}
{{- fail (printf "%s.%s is %s, a Secret that belongs to %s already: every login has a Secret of its own; set it to another name." $path $field . $owner) }}
{{- end }}
{{- $_ := set $owners . $claimant }}
{{- end }}
{{- end }}
{{- end }}
