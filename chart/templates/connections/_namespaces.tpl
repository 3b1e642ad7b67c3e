{{/* The namespace of a service's pods, where its connection Secrets are read. Takes (list root values), the values of the service. */}}
{{- define "shared-postgresql.serviceNamespace" -}}
{{- (index . 1).namespace | default (include "shared-postgresql.namespace" (index . 0)) }}
{{- end }}

{{/* The namespaces of services beside the deployment's own, sorted, each once. As JSON. */}}
{{- define "shared-postgresql.serviceNamespaces" -}}
{{- $found := dict "root" . "names" dict }}
{{- $_ := include "shared-postgresql.sources" (list $found "shared-postgresql.noteNamespace") }}
{{- $_ := unset $found.names (include "shared-postgresql.namespace" .) }}
{{- keys $found.names | sortAlpha | toJson }}
{{- end }}

{{/* Takes (list found service secretName roles), found being (dict root names). */}}
{{- define "shared-postgresql.noteNamespace" }}
{{- $root := (index . 0).root }}
{{- $values := get $root.Values.services (index . 1) | default dict }}
{{- $_ := set (index . 0).names (include "shared-postgresql.serviceNamespace" (list $root $values)) true }}
{{- end }}
