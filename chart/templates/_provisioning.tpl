{{/* The pod of provisioning, for the Job and the CronJob. */}}
{{- define "shared-postgresql.provisioningPod" -}}
metadata:
  labels:
    {{- include "shared-postgresql.podLabels" (list . "provisioning") | nindent 4 }}
  {{- with .Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- include "shared-postgresql.provisioningSpec" (list . "provision") | nindent 2 }}
{{- end }}

{{/* What provisioning and its proof run in, for pods of either. Takes (list root script). */}}
{{- define "shared-postgresql.provisioningSpec" -}}
{{- $script := index . 1 }}
{{- $provisions := eq $script "provision" }}
{{- with index . 0 }}
{{- include "shared-postgresql.podSpec" . }}
restartPolicy: Never
containers:
  - name: {{ ternary "provisioning" "verification" $provisions }}
    {{- include "shared-postgresql.container" . | nindent 4 }}
    command: [bash, /provisioning/scripts/{{ $script }}.sh]
    env:
      - name: PROVISIONING
        value: /provisioning
      - name: WORK
        value: /work
      - name: PGHOST
        value: {{ include "shared-postgresql.host" . }}
      - name: PGPORT
        value: {{ int64 .Values.service.port | quote }}
      - name: COMPARE
        value: {{ .Values.provisioning.compare }}
      - name: WAIT_SECONDS
        value: {{ int64 .Values.provisioning.deadlines.server | quote }}
      - name: LOCK_SECONDS
        value: {{ int64 .Values.provisioning.deadlines.lock | quote }}
      - name: SCHEMA_FILE_SECONDS
        value: {{ int64 .Values.provisioning.deadlines.schemaFile | quote }}
    resources:
      {{- include "shared-postgresql.resources" .Values.provisioning.resources | nindent 6 }}
    volumeMounts:
      - name: scripts
        mountPath: /provisioning/scripts
        readOnly: true
      - name: desired
        mountPath: /provisioning/desired
        readOnly: true
      - name: admin
        mountPath: /provisioning/admin
        readOnly: true
      - name: passwords
        mountPath: /provisioning/passwords
        readOnly: true
      {{- if $provisions }}
      - name: schema
        mountPath: /provisioning/schema
        readOnly: true
      {{- end }}
      - name: work
        mountPath: /work
      - name: tmp
        mountPath: /tmp
volumes:
  - name: scripts
    configMap:
      name: {{ include "shared-postgresql.fullname" . }}-provisioning
  - name: desired
    configMap:
      name: {{ include "shared-postgresql.fullname" . }}-desired
  - name: admin
    {{- include "shared-postgresql.adminVolume" . | nindent 4 }}
  - name: passwords
    projected:
      defaultMode: 288
      sources:
        {{- include "shared-postgresql.sources" (list . "shared-postgresql.passwordSources") | trim | default "[]" | nindent 8 }}
  {{- if $provisions }}
  - name: schema
    projected:
      sources:
        {{- include "shared-postgresql.sources" (list . "shared-postgresql.schemaSource") | trim | default "[]" | nindent 8 }}
  {{- end }}
  - name: work
    emptyDir:
      medium: Memory
      sizeLimit: 64Mi
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
{{- end }}
{{- end }}
