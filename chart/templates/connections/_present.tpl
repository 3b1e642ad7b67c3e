{{/*
The Secret of this name in the deployment's namespace, as it is in the cluster; an empty map where there is none, or no cluster. Helm asks the API for
its kinds anew at each lookup, so all are listed once in a rendering, and kept where all charts of a release find them. Where a command of ours says what is
there, nothing is asked. Takes (list root name).
*/}}
{{- define "shared-postgresql.presentSecret" -}}
{{- include "shared-postgresql.listSecrets" (index . 0) }}
{{- get (get (index . 0).Release.presentSecrets (include "shared-postgresql.namespace" (index . 0))) (index . 1) | default dict | toJson }}
{{- end }}

{{/* Renders nothing; leaves the Secrets of the namespace in .Release.presentSecrets. */}}
{{- define "shared-postgresql.listSecrets" -}}
{{- $namespace := include "shared-postgresql.namespace" . }}
{{- if not (hasKey .Release "presentSecrets") }}
{{- $_ := set .Release "presentSecrets" dict }}
{{- end }}
{{- if hasKey .Values "present" }}
{{- $_ := set .Release.presentSecrets $namespace (get .Values "present") }}
{{- else if not (hasKey .Release.presentSecrets $namespace) }}
{{- $byName := dict }}
{{- range (lookup "v1" "Secret" $namespace "").items }}
{{- $_ := set $byName .metadata.name (dict "metadata" .metadata "data" (get . "data" | default dict)) }}
{{- end }}
{{- $_ := set .Release.presentSecrets $namespace $byName }}
{{- end }}
{{- end }}

{{/* Whether there is a Secret in the namespace, as Helm's own are after the first install; empty where none was seen. */}}
{{- define "shared-postgresql.seesSecrets" -}}
{{- include "shared-postgresql.listSecrets" . }}
{{- if get .Release.presentSecrets (include "shared-postgresql.namespace" .) }}{{ true }}{{ end }}
{{- end }}
