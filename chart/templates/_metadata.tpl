{{/* Labels that select the deployment's pods; they never change. */}}
{{- define "shared-postgresql.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of a pod, and of every object. They leave the chart's version out: a new chart alone is no reason to restart. Takes (list root component). */}}
{{- define "shared-postgresql.podLabels" -}}
{{- $root := index . 0 }}
{{- toYaml (mergeOverwrite (deepCopy $root.Values.commonLabels) (dict
  "app.kubernetes.io/name" $root.Chart.Name
  "app.kubernetes.io/instance" $root.Release.Name
  "app.kubernetes.io/version" $root.Values.postgresql.version
  "app.kubernetes.io/component" (index . 1)
  "app.kubernetes.io/part-of" "shared-postgresql"
  "app.kubernetes.io/managed-by" $root.Release.Service)) }}
{{- end }}

{{/* The metadata of an object. Takes (dict root name component [annotations] [labels]). */}}
{{- define "shared-postgresql.metadata" -}}
name: {{ .name | quote }}
namespace: {{ include "shared-postgresql.namespace" .root }}
labels:
  {{- include "shared-postgresql.podLabels" (list .root .component) | nindent 2 }}
  helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
