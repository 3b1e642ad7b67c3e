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
{{- if .Values.auth.admin.existingSecret }}
{{- .Values.auth.admin.existingSecret }}
{{- else }}
{{- include "shared-postgresql.remembered" (list . "adminSecrets" (include "shared-postgresql.fullname" .) "shared-postgresql.ownAdminSecretName" .) }}
{{- end }}
{{- end }}

{{/* What the admin's Secret is called that the chart makes. One that an earlier chart made is kept, with the name that it has. */}}
{{- define "shared-postgresql.ownAdminSecretName" -}}
{{- $former := printf "%s-admin" (include "shared-postgresql.fullname" .) }}
{{- $present := include "shared-postgresql.presentSecret" (list . $former) | fromJson }}
{{- $isOurs := or (hasKey (get .Values "present" | default dict) $former)
      (eq (dig "metadata" "labels" "app.kubernetes.io/part-of" "" $present) "shared-postgresql") }}
{{- ternary $former (printf "%s-secret" (include "shared-postgresql.fullname" .)) $isOurs }}
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
claims being (dict owners services): the owner of each Secret so far, and the services of the values.
*/}}
{{- define "shared-postgresql.claimSecrets" }}
{{- $owners := (index . 0).owners }}
{{- $service := index . 1 }}
{{- $values := get (index . 0).services $service | default dict }}
{{- include "shared-postgresql.claimSecret" (list $owners $service (printf "services.%s" $service) (index . 2) $values.existingSecret $values.clientCertificate) }}
{{- range $role, $secretName := index . 3 }}
{{- include "shared-postgresql.claimSecret" (list $owners (printf "role %s of %s" $role $service)
      (printf "services.%s.roles.%s" $service $role) $secretName (dig "roles" $role "existingSecret" "" $values) (dig "roles" $role "clientCertificate" "" $values)) }}
{{- end }}
{{- end }}

{{/* Claims the Secrets of one login. Takes (list owners login path secretName existingSecret clientCertificate). */}}
{{- define "shared-postgresql.claimSecret" }}
{{- $owners := index . 0 }}
{{- $login := index . 1 }}
{{- $path := index . 2 }}
{{- range $field, $name := dict "secretName" (index . 3) "existingSecret" (index . 4) "clientCertificate" (index . 5) }}
{{- with $name }}
{{- $owner := ternary "Helm itself" (get $owners . | default $login) (hasPrefix "sh.helm.release." .) }}
{{- if ne $owner $login }}
{{- fail (printf "%s.%s is %s, a Secret that belongs to %s already: every login has a Secret of its own; set it to another name." $path $field . $owner) }}
{{- end }}
{{- $_ := set $owners . $login }}
{{- end }}
{{- end }}
{{- end }}
