{{/*
The pod that restores every newest backup in the image of a later major, before the server is brought there. It has no password of the deployment, and only
reads the backups.
*/}}
{{- define "shared-postgresql.trialPod" -}}
{{- $next := .Values.backup.rehearsal.upgradeTo }}
metadata:
  labels: {{ include "shared-postgresql.podLabels" (list . "trial") }}
  {{- with .Values.commonAnnotations }}
  annotations: {{ toJson . }}
  {{- end }}
spec:
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  {{- include "shared-postgresql.affinity" (include "shared-postgresql.besideArchive" . | fromJson) | nindent 2 }}
  restartPolicy: Never
  containers:
    - name: trial
      image: {{ include "shared-postgresql.otherImage" (list . $next) | toJson }}
      imagePullPolicy: {{ toJson .Values.image.pullPolicy }}
      securityContext: {{ toJson .Values.containerSecurityContext }}
      command: [bash, /backup/scripts/trial.sh]
      env:
        - {name: PROVISIONING, value: /provisioning}
        - {name: BACKUP, value: /backup}
        - {name: BACKUPS, value: /backups}
        - {name: SCRATCH, value: /scratch}
        - {name: WORK, value: /work}
        - {name: TO, value: {{ toJson $next.version }}}
        - {name: PGPORT, value: "5432"}
        - {name: WAIT_SECONDS, value: {{ int64 .Values.provisioning.deadlines.server | toString | toJson }}}
        - {name: SERVICE_SECONDS, value: {{ int64 .Values.backup.deadlines.service | toString | toJson }}}
        - {name: NIGHT_SECONDS, value: {{ int64 .Values.backup.deadlines.total | toString | toJson }}}
      resources: {{ include "shared-postgresql.resources" .Values.backup.resources }}
      volumeMounts:
        - {name: login, mountPath: /provisioning/scripts, readOnly: true}
        - {name: desired, mountPath: /provisioning/desired, readOnly: true}
        - {name: scripts, mountPath: /backup/scripts, readOnly: true}
        - {name: backups, mountPath: /backups, readOnly: true}
        - {name: scratch, mountPath: /scratch}
        - {name: work, mountPath: /work}
        - {name: tmp, mountPath: /tmp}
  volumes:
    - name: login
      configMap:
        name: {{ printf "%s-provisioning" (include "shared-postgresql.fullname" .) | toJson }}
    - name: desired
      configMap:
        name: {{ printf "%s-desired" (include "shared-postgresql.fullname" .) | toJson }}
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
            labels: {{ include "shared-postgresql.podLabels" (list . "trial") }}
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
