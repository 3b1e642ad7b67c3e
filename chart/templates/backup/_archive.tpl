{{/* The pod that receives the write-ahead log. */}}
{{- define "shared-postgresql.archivePod" -}}
metadata:
  labels: {{ include "shared-postgresql.podLabels" (list . "archive") }}
  {{- /* Scripts are read at a start. */}}
  {{- $own := dict "checksum/scripts" (.Files.Get "backup/archive.sh" | sha256sum) }}
  annotations: {{ include "shared-postgresql.texts" (list .Values.commonAnnotations $own) }}
spec:
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  {{- include "shared-postgresql.affinity" .Values.affinity | nindent 2 }}
  containers:
    - name: archive
      {{- include "shared-postgresql.container" . | nindent 6 }}
      command: [bash, /backup/scripts/archive.sh]
      env:
        - name: PROVISIONING
          value: /provisioning
        - name: BACKUPS
          value: /backups
        - name: BACKUP
          value: /backup
        - name: WORK
          value: /work
        - name: PGHOST
          value: {{ include "shared-postgresql.host" . | toJson }}
        - name: PGPORT
          value: {{ include "shared-postgresql.port" . | toJson }}
        - name: WAIT_SECONDS
          value: {{ int64 .Values.provisioning.deadlines.server | toString | toJson }}
        {{- if include "shared-postgresql.speaksTls" . }}
        {{- include "shared-postgresql.clientEnv" . | nindent 8 }}
        {{- end }}
      livenessProbe:
        exec:
          command: [bash, /backup/scripts/archive.sh, alive]
        # As long as it waits for a server that is not there yet.
        initialDelaySeconds: {{ int64 .Values.provisioning.deadlines.server }}
        periodSeconds: 60
        timeoutSeconds: 10
        failureThreshold: 10
        successThreshold: 1
      readinessProbe:
        exec:
          command: [bash, /backup/scripts/archive.sh, alive]
        initialDelaySeconds: 5
        periodSeconds: 30
        timeoutSeconds: 10
        failureThreshold: 1
        successThreshold: 1
      resources:
        requests:
          cpu: 10m
          memory: 32Mi
          ephemeral-storage: 16Mi
        limits:
          cpu: 500m
          memory: 128Mi
          ephemeral-storage: 16Mi
      volumeMounts:
        - name: login
          mountPath: /provisioning/scripts
          readOnly: true
        - name: passwords
          mountPath: /provisioning/passwords
          readOnly: true
        - name: scripts
          mountPath: /backup/scripts
          readOnly: true
        - name: backups
          mountPath: /backups
        - name: work
          mountPath: /work
        - name: tmp
          mountPath: /tmp
        {{- if include "shared-postgresql.speaksTls" . }}
        {{- include "shared-postgresql.clientMount" . | nindent 8 }}
        {{- end }}
  volumes:
    - name: login
      configMap:
        name: {{ printf "%s-provisioning" (include "shared-postgresql.fullname" .) | toJson }}
    - name: passwords
      projected:
        defaultMode: 288
        sources:
          {{- include "shared-postgresql.archivePasswordSource" . | nindent 10 }}
    - name: scripts
      configMap:
        name: {{ printf "%s-backup" (include "shared-postgresql.fullname" .) | toJson }}
    - name: backups
      persistentVolumeClaim:
        claimName: {{ include "shared-postgresql.backupClaimName" . | toJson }}
    - name: work
      emptyDir:
        medium: Memory
        sizeLimit: 16Mi
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- if include "shared-postgresql.speaksTls" . }}
    {{- include "shared-postgresql.clientVolume" . | nindent 4 }}
    {{- end }}
{{- end }}

{{/*
Where the pods run that open the volume of the backups: where the archive runs, which has it open all the time. A volume that is
ReadWriteOnce is at one node. Takes the root; gives the affinity that the values have, and this beside it.
*/}}
{{- define "shared-postgresql.besideArchive" -}}
{{- $affinity := deepCopy (.Values.affinity | default dict) }}
{{- if .Values.backup.pointInTime.enabled }}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "shared-postgresql.selectorLabels" (list . "archive") | fromJson)) }}
{{- $pods := get $affinity "podAffinity" | default dict }}
{{- $required := append (get $pods "requiredDuringSchedulingIgnoredDuringExecution" | default list) $term }}
{{- $_ := set $affinity "podAffinity" (set $pods "requiredDuringSchedulingIgnoredDuringExecution" $required) }}
{{- end }}
{{- toJson $affinity }}
{{- end }}
