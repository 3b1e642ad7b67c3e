{{/*
The pod that backs the services up (run), brings some back (restore), or makes the last backup of those that are locked (final). Only the last two
act as the admin, and have the password for it. Takes (list root script).
*/}}
{{- define "shared-postgresql.backupPod" -}}
{{- $restores := eq (index . 1) "restore" }}
{{- $isNightly := eq (index . 1) "run" }}
{{- $script := index . 1 }}
{{- $component := ternary "backup" $script $isNightly }}
{{- with index . 0 }}
metadata:
  labels: {{ include "shared-postgresql.podLabels" (list . $component) }}
  {{- with .Values.commonAnnotations }}
  annotations: {{ toJson . }}
  {{- end }}
spec:
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  {{- include "shared-postgresql.affinity" (include "shared-postgresql.besideArchive" . | fromJson) | nindent 2 }}
  restartPolicy: Never
  {{- $copies := and .Values.backup.copy.to $isNightly }}
  {{- if $copies }}
  containers:
    {{- include "shared-postgresql.copyContainer" (list . "copy" (list "sh" "/backup/scripts/copy.sh")) | nindent 4 }}
  # Pods end with the last of their containers; this one hands on how it ended.
  initContainers:
  {{- else }}
  containers:
  {{- end }}
    - name: {{ toJson $component }}
      {{- include "shared-postgresql.container" . | nindent 6 }}
      command: [bash, {{ printf "/backup/scripts/%s.sh" $script | toJson }}]
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
          value: {{ include "shared-postgresql.port" . | toJson }}
        {{- if include "shared-postgresql.adminEnv" . }}
        {{- include "shared-postgresql.adminEnv" . | nindent 8 }}
        {{- end }}
        - name: WAIT_SECONDS
          value: {{ int64 .Values.provisioning.deadlines.server | toString | toJson }}
        - name: SERVICE_SECONDS
          value: {{ int64 .Values.backup.deadlines.service | toString | toJson }}
        {{- if include "shared-postgresql.speaksTls" . }}
        {{- include "shared-postgresql.clientEnv" . | nindent 8 }}
        {{- end }}
        {{- if not $isNightly }}
        # Given to the Job that is made of this: the services, and where they are restored, until when their backups may be, and the name of another database.
        - name: SERVICES
          value: ""
        {{- end }}
        {{- if $restores }}
        - name: FROM
          value: ""
        - name: TO
          value: ""
        {{- if .Values.backup.pointInTime.enabled }}
        - name: AT
          value: ""
        {{- end }}
        {{- if .Values.backup.mask.existingConfigMap }}
        - name: MASKS
          value: /masks
        {{- end }}
        - name: LOCK_SECONDS
          value: {{ int64 .Values.provisioning.deadlines.lock | toString | toJson }}
        - name: SCHEMA_FILE_SECONDS
          value: {{ int64 .Values.provisioning.deadlines.schemaFile | toString | toJson }}
        {{- else }}
        - name: NIGHT_SECONDS
          value: {{ int64 .Values.backup.deadlines.total | toString | toJson }}
        {{- if $copies }}
        - name: OUTCOME
          value: /outcome/status
        {{- end }}
        {{- if and $isNightly .Values.backup.pointInTime.enabled }}
        - name: BASE_DAYS
          value: {{ int64 .Values.backup.pointInTime.every | toString | toJson }}
        {{- end }}
        {{- end }}
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
        {{- if ne $script "final" }}
        - name: passwords
          mountPath: /provisioning/passwords
          readOnly: true
        {{- end }}
        {{- if not $isNightly }}
        - name: admin
          mountPath: /provisioning/admin
          readOnly: true
        {{- end }}
        {{- if $restores }}
        - name: schema
          mountPath: /provisioning/schema
          readOnly: true
        {{- if .Values.backup.mask.existingConfigMap }}
        - name: masks
          mountPath: /masks
          readOnly: true
        {{- end }}
        {{- end }}
        - name: scripts
          mountPath: /backup/scripts
          readOnly: true
        - name: backups
          mountPath: /backups
        {{- if $copies }}
        - name: outcome
          mountPath: /outcome
        {{- end }}
        - name: scratch
          mountPath: /scratch
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
    - name: desired
      configMap:
        name: {{ printf "%s-desired" (include "shared-postgresql.fullname" .) | toJson }}
    {{- if ne $script "final" }}
    {{- $mounted := include "shared-postgresql.sources" (list . (ternary "shared-postgresql.passwordSources" "shared-postgresql.ownerPasswordSource" $restores)) }}
    {{- $mounted = printf "%s%s" $mounted (include "shared-postgresql.archivePasswordSource" .) }}
    - name: passwords
      {{- include "shared-postgresql.projected" (list 288 $mounted) | nindent 6 }}
    {{- end }}
    {{- if not $isNightly }}
    - name: admin
      {{- include "shared-postgresql.adminVolume" . | nindent 6 }}
    {{- end }}
    {{- if $restores }}
    - name: schema
      {{- include "shared-postgresql.projected" (list 420 (include "shared-postgresql.schemaSources" .)) | nindent 6 }}
    {{- with .Values.backup.mask.existingConfigMap }}
    - name: masks
      configMap:
        name: {{ toJson . }}
    {{- end }}
    {{- end }}
    - name: scripts
      configMap:
        name: {{ printf "%s-backup" (include "shared-postgresql.fullname" .) | toJson }}
    - name: backups
      persistentVolumeClaim:
        claimName: {{ include "shared-postgresql.backupClaimName" . | toJson }}
    - name: scratch
      {{- if and $restores (not .Values.backup.pointInTime.enabled) }}
      emptyDir:
        sizeLimit: 64Mi
      {{- else }}
      ephemeral:
        volumeClaimTemplate:
          metadata:
            labels: {{ include "shared-postgresql.podLabels" (list . $component) }}
          spec:
            {{- $volume := dict "accessModes" (list "ReadWriteOnce") "size" (include "shared-postgresql.scratchSize" .) "storageClass" .Values.backup.persistence.storageClass }}
            {{- include "shared-postgresql.claimSpec" $volume | nindent 12 }}
      {{- end }}
    {{- if $copies }}
    {{- include "shared-postgresql.copyVolume" . | nindent 4 }}
    {{- end }}
    - name: work
      emptyDir:
        medium: Memory
        sizeLimit: 64Mi
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- if include "shared-postgresql.speaksTls" . }}
    {{- include "shared-postgresql.clientVolume" . | nindent 4 }}
    {{- end }}
{{- end }}
{{- end }}

{{/* The source of a volume of passwords: the Secret of a service's own login. Takes (list root service secretName roles). */}}
{{- define "shared-postgresql.ownerPasswordSource" -}}
{{- $service := index . 1 }}
{{- $values := get (index . 0).Values.services $service }}
{{- include "shared-postgresql.passwordSource" (list ($values.existingSecret | default (index . 2)) $service) }}
{{- include "shared-postgresql.certificateSource" (list $values $service) }}
{{- end }}

{{/* The room in which backups are restored. Incremental base backups are put together there, beside the full one on which they lie. */}}
{{- define "shared-postgresql.scratchSize" -}}
{{- $size := .Values.backup.rehearsal.size }}
{{- if and .Values.backup.pointInTime.enabled (ge (int .Values.postgresql.version) 17) }}
{{- $unit := regexFind "([KMGTPE]i|[numkMGTPE])$" $size }}
{{- printf "%v%s" (mulf 2 (trimSuffix $unit $size | float64)) $unit }}
{{- else }}
{{- $size }}
{{- end }}
{{- end }}
