{{/* Labels that select the deployment's pods; they never change. */}}
{{- define "shared-postgresql.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The labels by which the chart knows an object, as JSON. They leave the chart's version out: a new chart alone is no reason to restart. Takes (list root component). */}}
{{- define "shared-postgresql.ownLabels" -}}
{{- $root := index . 0 }}
{{- dict
  "app.kubernetes.io/name" $root.Chart.Name
  "app.kubernetes.io/instance" $root.Release.Name
  "app.kubernetes.io/version" $root.Values.postgresql.version
  "app.kubernetes.io/component" (index . 1)
  "app.kubernetes.io/part-of" "shared-postgresql"
  "app.kubernetes.io/managed-by" $root.Release.Service | toJson }}
{{- end }}

{{/* Labels of a pod. Takes (list root component). */}}
{{- define "shared-postgresql.podLabels" -}}
{{- include "shared-postgresql.texts" (list (index . 0).Values.commonLabels (include "shared-postgresql.ownLabels" . | fromJson)) }}
{{- end }}

{{/* The metadata of an object: what is common, then what is given for it, then the chart's own labels. Takes (dict root name component [annotations] [labels]). */}}
{{- define "shared-postgresql.metadata" -}}
{{- $own := include "shared-postgresql.ownLabels" (list .root .component) | fromJson }}
{{- $chart := dict "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") }}
name: {{ .name | quote }}
namespace: {{ include "shared-postgresql.namespace" .root }}
labels:
  {{- include "shared-postgresql.texts" (list .root.Values.commonLabels .labels $own $chart) | nindent 2 }}
{{- with include "shared-postgresql.texts" (list .root.Values.commonAnnotations .annotations) }}
annotations:
  {{- nindent 2 . }}
{{- end }}
{{- end }}

{{/* Maps of texts as one, of which the later ones win: no key stands there twice. Takes a list of maps. */}}
{{- define "shared-postgresql.texts" -}}
{{- $texts := dict }}
{{- range . }}
{{- range $key, $text := . }}
{{- $_ := set $texts $key $text }}
{{- end }}
{{- end }}
{{- $lines := list }}
{{- range $key, $text := $texts }}
{{- $lines = append $lines (printf "%s: %s" (toJson $key) (toJson $text)) }}
{{- end }}
{{- join "\n" $lines }}
{{- end }}
