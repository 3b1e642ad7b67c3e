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
{{- $passwords := include "shared-postgresql.sources" (list . "shared-postgresql.passwordSources") | trim }}
{{- $mounted := ternary $passwords (include "shared-postgresql.sample" $passwords | trim) $provisions }}
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
      - name: PASSWORDS
        value: {{ ternary "all" "sample" (eq $mounted $passwords) }}
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
        {{- $mounted | default "[]" | nindent 8 }}
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
{{- $rules := list }}
{{- range $path, $_ := $root.Files.Glob (printf "%s/[0-9]*.sql" $folder) }}
{{- $number := regexFind "^[0-9]+" (base $path) | atoi }}
{{- $rules = append $rules (printf "SELECT %d, row.* FROM (\n%s\n) AS row" $number ($root.Files.Get $path | trimSuffix "\n")) }}
{{- end }}
{{- printf "%s, difference AS (\n%s\n)\n%s"
      ($root.Files.Get (printf "%s/sources.sql" $folder) | trimSuffix "\n")
      (join "\nUNION ALL\n" $rules)
      ($root.Files.Get (printf "%s/rows.sql" $folder) | trimSuffix "\n") }}
{{- end }}
