{{/* The part of a pod's spec that the server and provisioning share. */}}
{{- define "shared-postgresql.podSpec" -}}
serviceAccountName: {{ include "shared-postgresql.serviceAccountName" . | toJson }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{ toJson .Values.podSecurityContext }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ toJson . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- if .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- $selector := dict "labelSelector" (dict "matchLabels" (include "shared-postgresql.selectorLabels" (list . "") | fromJson)) }}
  {{- range .Values.topologySpreadConstraints }}
  - {{ toJson (merge (deepCopy .) $selector) }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Where a pod runs. Takes the affinity. */}}
{{- define "shared-postgresql.affinity" }}
{{- with . }}
affinity: {{ toJson . }}
{{- end }}
{{- end }}

{{/* The part of a container that the server and provisioning share. */}}
{{- define "shared-postgresql.container" -}}
image: {{ include "shared-postgresql.image" . | toJson }}
imagePullPolicy: {{ toJson .Values.image.pullPolicy }}
securityContext: {{ toJson .Values.containerSecurityContext }}
{{- end }}

{{/* The admin's password as a file that the pod's group may read: 288 is 0440. */}}
{{- define "shared-postgresql.adminVolume" -}}
projected:
  defaultMode: 288
  sources:
    - secret:
        name: {{ include "shared-postgresql.adminSecretName" . | toJson }}
        items:
          - key: password
            path: password
        {{- if include "shared-postgresql.mayLackAdminSecret" . }}
        # What a rendering without a cluster leaves out: the pod starts nevertheless, and says why.
        optional: true
        {{- end }}
    # The one before it, of a rotation.
    - secret:
        name: {{ include "shared-postgresql.adminSecretName" . | toJson }}
        optional: true
        items:
          - key: former-password
            path: former-password
{{- end }}

{{/* Requests and limits as JSON, every quantity as a text: 2 is one as well. */}}
{{- define "shared-postgresql.resources" -}}
{{- $resources := dict }}
{{- range $kind := list "requests" "limits" }}
{{- $quantities := dict }}
{{- range $resource, $quantity := get $ $kind }}
{{- $_ := set $quantities $resource (include "shared-postgresql.text" $quantity) }}
{{- end }}
{{- with $quantities }}
{{- $_ := set $resources $kind . }}
{{- end }}
{{- end }}
{{- toJson $resources }}
{{- end }}

{{/*
A list of the pod with what somebody adds to it, refused when it takes a name that stands there already: Kubernetes would refuse it, or the
pod would lose what it needs. Takes (list path key own given), own being YAML.
*/}}
{{- define "shared-postgresql.further" -}}
{{- $own := index . 2 }}
{{- $given := index . 3 }}
{{- $taken := dict }}
{{- range fromYamlArray $own }}
{{- $_ := set $taken (get . (index $ 1) | trimSuffix "/") "the chart itself" }}
{{- end }}
{{- include "shared-postgresql.distinct" (list (index . 0) (index . 1) $taken $given) }}
{{- $own }}
{{- range $given }}
- {{ toJson . }}
{{- end }}
{{- end }}

{{/* Refuses items of which one has the name of another. Takes (list path key taken items), taken being the names so far, with whose they are. */}}
{{- define "shared-postgresql.distinct" -}}
{{- $path := index . 0 }}
{{- $key := index . 1 }}
{{- $taken := index . 2 }}
{{- range $index, $item := index . 3 }}
{{- $name := get $item $key | toString | trimSuffix "/" }}
{{- with get $taken $name }}
{{- fail (printf "%s[%d].%s is %s, which belongs to %s: take it out, or give it another %s." $path $index $key $name . $key) }}
{{- end }}
{{- $_ := set $taken $name (printf "%s[%d]" $path $index) }}
{{- end }}
{{- end }}

{{/* A quantity of Kubernetes as a number. What is less than one divides, so that 100m is 0.1 exactly. */}}
{{- define "shared-postgresql.amount" -}}
{{- $text := include "shared-postgresql.settingValue" . }}
{{- $suffix := regexFind "([KMGTPE]i|[numkMGTPE])$" $text }}
{{- $large := dict "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 }}
{{- $small := dict "m" 1e3 "u" 1e6 "n" 1e9 }}
{{- divf (mulf (trimSuffix $suffix $text | float64) (get $large $suffix | default 1)) (get $small $suffix | default 1) }}
{{- end }}

{{/* What a claim asks for. Takes the values of its volume. */}}
{{- define "shared-postgresql.claimSpec" -}}
accessModes: {{ toJson .accessModes }}
{{- with .storageClass }}
storageClassName: {{ ternary "" . (eq . "-") | toJson }}
{{- end }}
resources:
  requests:
    storage: {{ toJson .size }}
{{- end }}

{{/*
A volume of these sources; an empty one where there are none, because the API keeps no empty list, and whoever compares would find that for ever.
Takes (list mode sources), the second as YAML.
*/}}
{{- define "shared-postgresql.projected" -}}
{{- with index . 1 | fromYamlArray }}
projected:
  defaultMode: {{ int64 (index $ 0) }}
  sources: {{ toJson . }}
{{- else }}
emptyDir:
  sizeLimit: 1Mi
{{- end }}
{{- end }}
