{{/* The part of a pod's spec that the server and provisioning share. */}}
{{- define "shared-postgresql.podSpec" -}}
serviceAccountName: {{ include "shared-postgresql.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- $selector := dict "labelSelector" (dict "matchLabels" (include "shared-postgresql.selectorLabels" . | fromYaml)) }}
  {{- range .Values.topologySpreadConstraints }}
  - {{ toYaml (merge (deepCopy .) $selector) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The part of a container that the server and provisioning share. */}}
{{- define "shared-postgresql.container" -}}
image: {{ include "shared-postgresql.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.containerSecurityContext | nindent 2 }}
{{- end }}

{{/* The admin's password as a file that the pod's group may read: 288 is 0440. */}}
{{- define "shared-postgresql.adminVolume" -}}
projected:
  defaultMode: 288
  sources:
    - secret:
        name: {{ include "shared-postgresql.adminSecretName" . | quote }}
        items:
          - key: password
            path: password
{{- end }}

{{/* Requests and limits, every quantity as a text: 2 is one as well. */}}
{{- define "shared-postgresql.resources" -}}
{{- if not (or (get . "requests") (get . "limits")) }}{}{{ end }}
{{- range $kind := list "requests" "limits" }}
{{- with get $ $kind }}
{{ $kind }}:
  {{- range $resource, $quantity := . }}
  {{ $resource }}: {{ include "shared-postgresql.settingValue" $quantity | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}
