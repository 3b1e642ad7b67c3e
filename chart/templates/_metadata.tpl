{{/* Labels that select the deployment's pods, and those of one component if it is given; they never change. As JSON. Takes (list root [component]). */}}
{{- define "shared-postgresql.selectorLabels" -}}
{{- $root := index . 0 }}
{{- $labels := dict "app.kubernetes.io/name" $root.Chart.Name "app.kubernetes.io/instance" $root.Release.Name }}
{{- with index . 1 }}
{{- $_ := set $labels "app.kubernetes.io/component" . }}
{{- end }}
{{- toJson $labels }}
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

{{/* The metadata of an object: what is common, then what is given for it, then the chart's own labels. Takes (dict root name component [namespace] [annotations] [labels]). */}}
{{- define "shared-postgresql.metadata" -}}
{{- include "shared-postgresql.oneOwner" . }}
{{- $own := include "shared-postgresql.ownLabels" (list .root .component) | fromJson }}
{{- $chart := dict "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") }}
name: {{ toJson .name }}
namespace: {{ .namespace | default (include "shared-postgresql.namespace" .root) | toJson }}
labels: {{ include "shared-postgresql.texts" (list .root.Values.commonLabels .labels $own $chart) }}
{{- $annotations := include "shared-postgresql.texts" (list .root.Values.commonAnnotations .annotations) }}
{{- if ne $annotations "{}" }}
annotations: {{ $annotations | fromJson | toJson }}
{{- end }}
{{- end }}

{{/*
Refuses an object that another alias of this chart makes as well, as two do that were generated with the same services. All charts of a
release share one .Release. Takes (dict root name [namespace]).
*/}}
{{- define "shared-postgresql.oneOwner" -}}
{{- $release := .root.Release }}
{{- if not (hasKey $release "owners") }}
{{- $_ := set $release "owners" dict }}
{{- end }}
{{- $id := printf "%s/%s" (.namespace | default (include "shared-postgresql.namespace" .root)) .name }}
{{- $owner := get $release.owners $id | default .root.Chart.Name }}
{{- if ne $owner .root.Chart.Name }}
{{- fail (printf "%s is made by %s and by %s, in one namespace: generate the two charts from values with other names, or set namespaceOverride of one." .name $owner .root.Chart.Name) }}
{{- end }}
{{- $_ := set $release.owners $id $owner }}
{{- end }}

{{/* Refuses a label or annotation that the chart sets itself or that Helm obeys. Takes (list path texts obeyed), the last a pattern. */}}
{{- define "shared-postgresql.notOurs" -}}
{{- $path := index . 0 }}
{{- $own := "(app\\.kubernetes\\.io/(name|instance|version|component|part-of|managed-by)|helm\\.sh/chart|checksum/config|kubectl\\.kubernetes\\.io/default-container)$" }}
{{- $taken := printf "^(%s|%s)" $own (index . 2) }}
{{- range $key, $_ := index . 1 }}
{{- if regexMatch $taken $key }}
{{- fail (printf "%s has %s, which is set by the chart, or obeyed by Helm: take it out; a key of your own has your domain in front: example.org/team." $path $key) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Maps of texts as one, of which the later ones win: no key stands there twice. As JSON, the one form that YAML reads without losing anything. Takes a list of maps. */}}
{{- define "shared-postgresql.texts" -}}
{{- $texts := dict }}
{{- range . }}
{{- range $key, $text := . }}
{{- $_ := set $texts $key $text }}
{{- end }}
{{- end }}
{{- toJson $texts }}
{{- end }}
