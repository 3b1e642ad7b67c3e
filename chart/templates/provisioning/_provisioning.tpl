{{/* The pod of provisioning, for the Job and the CronJob. */}}
{{- define "shared-postgresql.provisioningPod" -}}
metadata:
  labels: {{ include "shared-postgresql.podLabels" (list . "provisioning") }}
  {{- with .Values.commonAnnotations }}
  annotations: {{ toJson . }}
  {{- end }}
spec:
  {{- include "shared-postgresql.provisioningSpec" (list . "provision") | nindent 2 }}
{{- end }}

{{/* What provisioning and its proof run in, for pods of either. Takes (list root script). */}}
{{- define "shared-postgresql.provisioningSpec" -}}
{{- $script := index . 1 }}
{{- $provisions := eq $script "provision" }}
{{- with index . 0 }}
{{- $passwords := include "shared-postgresql.sources" (list . "shared-postgresql.passwordSources") | trim }}
{{- $mounted := ternary $passwords (include "shared-postgresql.sample" $passwords | trim) $provisions }}
{{- include "shared-postgresql.podSpec" . }}
{{- include "shared-postgresql.affinity" .Values.affinity }}
restartPolicy: Never
containers:
  - name: {{ ternary "provisioning" "verification" $provisions | toJson }}
    {{- include "shared-postgresql.container" . | nindent 4 }}
    command: [bash, {{ printf "/provisioning/scripts/%s.sh" $script | toJson }}]
    env:
      - name: PROVISIONING
        value: /provisioning
      - name: WORK
        value: /work
      - name: PGHOST
        value: {{ include "shared-postgresql.host" . | toJson }}
      - name: PGPORT
        value: {{ include "shared-postgresql.port" . | toJson }}
      {{- if include "shared-postgresql.adminEnv" . }}
      {{- include "shared-postgresql.adminEnv" . | nindent 6 }}
      {{- end }}
      - name: COMPARE
        value: {{ toJson .Values.provisioning.compare }}
      - name: PASSWORDS
        value: {{ ternary "all" "sample" (eq $mounted $passwords) | toJson }}
      - name: WAIT_SECONDS
        value: {{ int64 .Values.provisioning.deadlines.server | toString | toJson }}
      - name: LOCK_SECONDS
        value: {{ int64 .Values.provisioning.deadlines.lock | toString | toJson }}
      - name: SCHEMA_FILE_SECONDS
        value: {{ int64 .Values.provisioning.deadlines.schemaFile | toString | toJson }}
      {{- if include "shared-postgresql.speaksTls" . }}
      {{- include "shared-postgresql.clientEnv" . | nindent 6 }}
      {{- end }}
    resources: {{ include "shared-postgresql.resources" .Values.provisioning.resources }}
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
      {{- if include "shared-postgresql.speaksTls" . }}
      {{- include "shared-postgresql.clientMount" . | nindent 6 }}
      {{- end }}
volumes:
  - name: scripts
    configMap:
      name: {{ printf "%s-provisioning" (include "shared-postgresql.fullname" .) | toJson }}
  - name: desired
    configMap:
      name: {{ printf "%s-desired" (include "shared-postgresql.fullname" .) | toJson }}
  - name: admin
    {{- include "shared-postgresql.adminVolume" . | nindent 4 }}
  {{- if $provisions }}
  {{- $mounted = printf "%s%s%s" $mounted (include "shared-postgresql.archivePasswordSource" .) (include "shared-postgresql.platformPasswordSources" .) }}
  {{- end }}
  - name: passwords
    {{- include "shared-postgresql.projected" (list 288 $mounted) | nindent 4 }}
  {{- if $provisions }}
  - name: schema
    {{- include "shared-postgresql.projected" (list 420 (include "shared-postgresql.schemaSources" .)) | nindent 4 }}
  {{- end }}
  - name: work
    emptyDir:
      medium: Memory
      sizeLimit: 64Mi
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- if include "shared-postgresql.speaksTls" . }}
  {{- include "shared-postgresql.clientVolume" . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* An even sample of at most 250 sources, which a proof can do with: the release and the pod need not hold them all once more. */}}
{{- define "shared-postgresql.sample" -}}
{{- $sources := splitList "- secret:" . | rest }}
{{- $step := div (add (len $sources) 249) 250 | max 1 }}
{{- range $i, $source := $sources }}
{{- if eq (mod $i $step) 0 }}- secret:{{ $source }}{{ end }}
{{- end }}
{{- end }}

{{/*
The query of a plan, put together from its folder in chart/provisioning/plan: the sources, each rule with its number, and what
becomes of the rows. readPlanQuery in generator/server does the same for the command. Takes (list root folder).
*/}}
{{- define "shared-postgresql.plan" -}}
{{- $root := index . 0 }}
{{- $folder := printf "provisioning/plan/%s" (index . 1) }}
{{- $sources := list }}
{{- range $path, $_ := $root.Files.Glob (printf "%s/sources*.sql" $folder) }}
{{- $sources = append $sources ($root.Files.Get $path | trimSuffix "\n") }}
{{- end }}
{{- $rules := list }}
{{- range $path, $_ := $root.Files.Glob (printf "%s/[0-9]*.sql" $folder) }}
{{- $number := regexFind "^[0-9]+" (base $path) | atoi }}
{{- $rules = append $rules (printf "SELECT %d, row.* FROM (\n%s\n) AS row" $number ($root.Files.Get $path | trimSuffix "\n")) }}
{{- end }}
{{- printf "%s, difference AS (\n%s\n)\n%s"
      (join ", " $sources)
      (join "\nUNION ALL\n" $rules)
      ($root.Files.Get (printf "%s/rows.sql" $folder) | trimSuffix "\n") }}
{{- end }}

{{/* The source of a volume of passwords: the archive's, if there is one. */}}
{{- define "shared-postgresql.archivePasswordSource" }}
{{- if .Values.backup.pointInTime.enabled }}
{{- include "shared-postgresql.passwordSource" (list (include "shared-postgresql.archiveSecretName" .) "+archive") }}
{{- end }}
{{- end }}
