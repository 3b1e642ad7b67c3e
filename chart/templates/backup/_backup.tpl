{{/* The pod that backs the services up. */}}
{{- define "shared-postgresql.backupPod" -}}
metadata:
  labels: {{ include "shared-postgresql.podLabels" (list . "backup") }}
  {{- with .Values.commonAnnotations }}
  annotations: {{ toJson . }}
  {{- end }}
spec:
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  restartPolicy: Never
  containers:
    - name: backup
      {{- include "shared-postgresql.container" . | nindent 6 }}
      command: [bash, /backup/scripts/run.sh]
      env:
        - name: PROVISIONING
          value: /provisioning
        - name: BACKUP
          value: /backup
        - name: BACKUPS
          value: /backups
        - name: SCRATCH
          value: /scratch
        - name: WORK
          value: /work
        - name: PGHOST
          value: {{ include "shared-postgresql.host" . | toJson }}
        - name: PGPORT
          value: {{ int64 .Values.service.port | toString | toJson }}
        - name: WAIT_SECONDS
          value: {{ int64 .Values.provisioning.deadlines.server | toString | toJson }}
        - name: SERVICE_SECONDS
          value: {{ int64 .Values.backup.deadlines.service | toString | toJson }}
        - name: KEEP_DAYS
          value: {{ int64 .Values.backup.keep.days | toString | toJson }}
        - name: KEEP_LEAST
          value: {{ int64 .Values.backup.keep.least | toString | toJson }}
      resources: {{ include "shared-postgresql.resources" .Values.backup.resources }}
      volumeMounts:
        - name: login
          mountPath: /provisioning/scripts
          readOnly: true
        - name: desired
          mountPath: /provisioning/desired
          readOnly: true
        - name: passwords
          mountPath: /provisioning/passwords
          readOnly: true
        - name: scripts
          mountPath: /backup/scripts
          readOnly: true
        - name: backups
          mountPath: /backups
        - name: scratch
          mountPath: /scratch
        - name: work
          mountPath: /work
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: login
      configMap:
        name: {{ printf "%s-provisioning" (include "shared-postgresql.fullname" .) | toJson }}
    - name: desired
      configMap:
        name: {{ printf "%s-desired" (include "shared-postgresql.fullname" .) | toJson }}
    - name: passwords
      projected:
        defaultMode: 288
        sources:
          {{- include "shared-postgresql.sources" (list . "shared-postgresql.ownerPasswordSource") | trim | default "[]" | nindent 10 }}
    - name: scripts
      configMap:
        name: {{ printf "%s-backup" (include "shared-postgresql.fullname" .) | toJson }}
    - name: backups
      persistentVolumeClaim:
        claimName: {{ include "shared-postgresql.backupClaimName" . | toJson }}
    - name: scratch
      ephemeral:
        volumeClaimTemplate:
          metadata:
            labels: {{ include "shared-postgresql.podLabels" (list . "backup") }}
          spec:
            {{- $volume := dict "accessModes" (list "ReadWriteOnce") "size" .Values.backup.rehearsal.size "storageClass" .Values.backup.persistence.storageClass }}
            {{- include "shared-postgresql.claimSpec" $volume | nindent 12 }}
    - name: work
      emptyDir:
        medium: Memory
        sizeLimit: 64Mi
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
{{- end }}

{{/* The source of a volume of passwords: the Secret of a service's own login. Takes (list root service secretName roles files). */}}
{{- define "shared-postgresql.ownerPasswordSource" -}}
{{- $service := index . 1 }}
{{- $values := get (index . 0).Values.services $service }}
{{- include "shared-postgresql.passwordSource" (list ($values.existingSecret | default (index . 2)) $service) }}
{{- end }}
