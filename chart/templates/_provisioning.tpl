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
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  restartPolicy: Never
  containers:
    - name: provisioning
      {{- include "shared-postgresql.container" . | nindent 6 }}
      command: [bash, /provisioning/scripts/provision.sh]
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
        {{- include "shared-postgresql.resources" .Values.provisioning.resources | nindent 8 }}
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
        - name: schema
          mountPath: /provisioning/schema
          readOnly: true
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
      {{- include "shared-postgresql.adminVolume" . | nindent 6 }}
    - name: passwords
      projected:
        defaultMode: 288
        sources:
          {{- include "shared-postgresql.passwordSources" . | trim | default "[]" | nindent 10 }}
    - name: schema
      projected:
        sources:
          {{- include "shared-postgresql.schemaSources" . | trim | default "[]" | nindent 10 }}
    - name: work
      emptyDir:
        medium: Memory
        sizeLimit: 64Mi
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
{{- end }}
