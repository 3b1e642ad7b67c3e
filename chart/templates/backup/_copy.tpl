{{/*
A container of rclone. It has the backups, to write only where it brings them back, and a folder of its own: no password of the deployment. Takes
(list root name command).
*/}}
{{- define "shared-postgresql.copyContainer" -}}
{{- $name := index . 1 }}
{{- $command := index . 2 }}
{{- with index . 0 }}
{{- $image := .Values.backup.copy.image }}
- name: {{ toJson $name }}
  image: {{ printf "%s/%s%s" $image.registry $image.repository (ternary (printf "@%s" $image.digest) (printf ":%s" $image.tag) (not (empty $image.digest))) | toJson }}
  imagePullPolicy: {{ toJson .Values.image.pullPolicy }}
  securityContext: {{ toJson .Values.containerSecurityContext }}
  command: {{ toJson $command }}
  env:
    - name: BACKUPS
      value: /backups
    - name: TO
      value: {{ toJson .Values.backup.copy.to }}
    - name: OUTCOME
      value: /outcome/status
    - name: KEEP_DAYS
      value: {{ int64 .Values.backup.keep.days | toString | toJson }}
    - name: KEEP_LEAST
      value: {{ int64 .Values.backup.keep.least | toString | toJson }}
    - name: RCLONE_CONFIG
      value: /copy/rclone.conf
    - name: RCLONE_CACHE_DIR
      value: /outcome
    - name: TMPDIR
      value: /outcome
    # Fewer requests than one for each folder.
    - name: RCLONE_FAST_LIST
      value: "true"
  resources: {{ include "shared-postgresql.resources" .Values.backup.resources }}
  volumeMounts:
    - name: scripts
      mountPath: /backup/scripts
      readOnly: true
    - name: backups
      mountPath: /backups
      readOnly: {{ ne $name "fetch" | toJson }}
    - name: copy
      mountPath: /copy
      readOnly: true
    - name: outcome
      mountPath: /outcome
{{- end }}
{{- end }}

{{/* Where rclone finds its remotes, and hears how the backups went. */}}
{{- define "shared-postgresql.copyVolume" -}}
- name: copy
  {{- with .Values.backup.copy.existingSecret }}
  secret:
    secretName: {{ toJson . }}
    defaultMode: 288
  {{- else }}
  emptyDir:
    sizeLimit: 1Mi
  {{- end }}
- name: outcome
  emptyDir:
    sizeLimit: 64Mi
{{- end }}

{{/* The pod that brings copies back onto the volume. */}}
{{- define "shared-postgresql.fetchPod" -}}
metadata:
  labels: {{ include "shared-postgresql.podLabels" (list . "backup") }}
  {{- with .Values.commonAnnotations }}
  annotations: {{ toJson . }}
  {{- end }}
spec:
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  {{- include "shared-postgresql.affinity" (include "shared-postgresql.besideArchive" . | fromJson) | nindent 2 }}
  restartPolicy: Never
  containers:
    {{- include "shared-postgresql.copyContainer" (list . "fetch" (list "sh" "/backup/scripts/fetch.sh")) | nindent 4 }}
  volumes:
    - name: scripts
      configMap:
        name: {{ printf "%s-backup" (include "shared-postgresql.fullname" .) | toJson }}
    - name: backups
      persistentVolumeClaim:
        claimName: {{ include "shared-postgresql.backupClaimName" . | toJson }}
    {{- include "shared-postgresql.copyVolume" . | nindent 4 }}
{{- end }}
