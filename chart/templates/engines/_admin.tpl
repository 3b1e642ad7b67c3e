{{/* The Secret with the superuser's password, of a server that the chart runs. */}}
{{- define "shared-postgresql.superuserSecretName" -}}
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
{{- $isOurs := or (and $present (hasKey .Values "present"))
      (eq (dig "metadata" "labels" "app.kubernetes.io/part-of" "" $present) "shared-postgresql") }}
{{- ternary $former (printf "%s-secret" (include "shared-postgresql.fullname" .)) $isOurs }}
{{- end }}

{{/* What a rendering without a cluster leaves out. */}}
{{- define "shared-postgresql.mayLackSuperuserSecret" -}}
{{- if and (not .Values.auth.admin.existingSecret) (eq (include "shared-postgresql.ownOrigin" .) "generated") }}yes{{ end }}
{{- end }}

{{/* The admin's Secret, of a server that the chart runs. Takes (list root labels). */}}
{{- define "shared-postgresql.adminSecret" }}
{{- $labels := index . 1 }}
{{- with index . 0 }}
{{- if and (include "shared-postgresql.hasSecrets" .) (not .Values.auth.admin.existingSecret) }}
{{- $keep := ternary (dict "helm.sh/resource-policy" "keep") dict .Values.persistence.retain }}
{{- $metadata := dict "root" . "name" (include "shared-postgresql.adminSecretName" .) "component" "server" "annotations" $keep "labels" $labels }}
{{- include "shared-postgresql.ownSecret" (list $metadata "postgres" .Values.auth.admin.rotation) }}
{{- end }}
{{- end }}
{{- end }}
