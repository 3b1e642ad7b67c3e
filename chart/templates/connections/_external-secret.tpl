{{/*
What the External Secrets Operator is told to make of a login's Secret: once, with a password that it makes itself. It changes nothing afterwards, and
nobody else can, since it would take another's change for a reason to make a new password. Takes (list metadata data), what shared-postgresql.metadata
takes and texts in which shared-postgresql.passwordToCome stands for the password.
*/}}
{{- define "shared-postgresql.externalSecret" }}
{{- $root := (index . 0).root }}
{{- $metadata := index . 0 }}
{{- $own := include "shared-postgresql.ownLabels" (list $root $metadata.component) | fromJson }}
{{- $labels := include "shared-postgresql.texts" (list $root.Values.commonLabels $metadata.labels $own) | fromJson }}
{{- $annotations := include "shared-postgresql.texts" (list $root.Values.commonAnnotations $metadata.annotations) | fromJson }}
{{- include "shared-postgresql.generator" $root }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  {{- include "shared-postgresql.metadata" $metadata | nindent 2 }}
spec:
  refreshPolicy: CreatedOnce
  target:
    name: {{ toJson $metadata.name }}
    creationPolicy: Owner
    immutable: true
    template:
      engineVersion: v2
      type: kubernetes.io/basic-auth
      metadata:
        labels: {{ include "shared-postgresql.asTemplates" $labels }}
        annotations: {{ include "shared-postgresql.asTemplates" $annotations }}
      data: {{ include "shared-postgresql.asTemplates" (index . 1) }}
  dataFrom:
    - sourceRef:
        generatorRef:
          apiVersion: generators.external-secrets.io/v1alpha1
          kind: Password
          name: {{ include "shared-postgresql.generatorName" $root | toJson }}
{{- end }}

{{/* The generator, for the first that asks in its namespace: each that uses it is given another password. */}}
{{- define "shared-postgresql.generator" }}
{{- $name := include "shared-postgresql.generatorName" . }}
{{- $id := printf "%s/%s" (include "shared-postgresql.namespace" .) $name }}
{{- if not (hasKey (.Release.generators | default dict) $id) }}
{{- $_ := set .Release "generators" (merge (dict $id true) (.Release.generators | default dict)) }}
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: Password
metadata:
  {{- include "shared-postgresql.metadata" (dict "root" . "name" $name "component" "service") | nindent 2 }}
spec:
  # Some 140 bits. What else there is than letters and digits, forms would write otherwise.
  length: 24
  symbols: 0
  noUpper: false
  allowRepeat: true
{{- end }}
{{- end }}

{{- define "shared-postgresql.generatorName" -}}
{{- printf "%s-password" (include "shared-postgresql.fullname" .) }}
{{- end }}

{{/* What stands for a password that nobody knows yet: like those of the generator, it has only what every form carries as it is. */}}
{{- define "shared-postgresql.passwordToCome" -}}
PasswordToComeOfGenerator
{{- end }}

{{/* Texts as the operator's templates, which give the same with the password in its place: whatever they have of Go's templates is none there. As JSON. */}}
{{- define "shared-postgresql.asTemplates" -}}
{{- $templates := dict }}
{{- range $key, $text := . }}
{{- $_ := set $templates $key ($text | replace "{{" "{{ `{{` }}" | replace (include "shared-postgresql.passwordToCome" $) "{{ .password }}") }}
{{- end }}
{{- toJson $templates }}
{{- end }}
