{{/*
The Secret of this name in the deployment's namespace, as it is in the cluster; an empty map where there is none, or no cluster. Helm asks the API for
its kinds anew at each lookup, so all are listed once in a rendering, and kept where all charts of a release find them. Takes (list root name).
*/}}
{{- define "shared-postgresql.presentSecret" -}}
{{- $namespace := include "shared-postgresql.namespace" (index . 0) }}
{{- $release := (index . 0).Release }}
{{- if not (hasKey $release "presentSecrets") }}
{{- $_ := set $release "presentSecrets" dict }}
{{- end }}
{{- $all := $release.presentSecrets }}
{{- if not (hasKey $all $namespace) }}
{{- $byName := dict }}
{{- range (lookup "v1" "Secret" $namespace "").items }}
{{- $_ := set $byName .metadata.name (dict "metadata" .metadata "data" (get . "data" | default dict)) }}
{{- end }}
{{- $_ := set $all $namespace $byName }}
{{- end }}
{{- get (get $all $namespace) (index . 1) | default dict | toJson }}
{{- end }}

{{/* Whether there is a Secret in the namespace, as Helm's own are after the first install; empty where none was seen. */}}
{{- define "shared-postgresql.seesSecrets" -}}
{{- $_ := include "shared-postgresql.presentSecret" (list . "") }}
{{- if get .Release.presentSecrets (include "shared-postgresql.namespace" .) }}{{ true }}{{ end }}
{{- end }}
