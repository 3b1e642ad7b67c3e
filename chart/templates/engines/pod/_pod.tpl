{{/* The pod of the server, for the StatefulSet and the Deployment. */}}
{{- define "shared-postgresql.serverPod" -}}
metadata:
  labels: {{ include "shared-postgresql.podLabels" (list . "server") }}
  {{- /* What the ConfigMap has is read at a restart. */}}
  {{- $own := dict
    "checksum/config" (include "shared-postgresql.serverConfig" . | sha256sum)
    "kubectl.kubernetes.io/default-container" "postgresql" }}
  annotations: {{ include "shared-postgresql.texts" (list .Values.commonAnnotations $own) }}
spec:
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  {{- include "shared-postgresql.affinity" .Values.affinity | nindent 2 }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ toJson . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ int64 .Values.terminationGracePeriodSeconds }}
  {{- include "shared-postgresql.distinct" (list "extraInitContainers" "name" (dict "postgresql" "the chart itself" "watch" "the chart itself" "take-over" "the chart itself" "bring-over" "the chart itself" "look-back" "the chart itself") .Values.extraInitContainers) }}
  {{- with concat .Values.extraInitContainers (include "shared-postgresql.upgradeContainers" . | fromYamlArray) }}
  initContainers: {{ toJson . }}
  {{- end }}
  containers:
    - name: postgresql
      {{- include "shared-postgresql.container" . | nindent 6 }}
      command: [bash, /etc/shared-postgresql/start.sh]
      args:
        - -c
        - config_file=/etc/shared-postgresql/postgresql.conf
        - -c
        - hba_file=/etc/shared-postgresql/pg_hba.conf
        {{- if include "shared-postgresql.tlsMode" . }}
        {{- include "shared-postgresql.tlsArguments" . | nindent 8 }}
        {{- end }}
      env:
        {{- include "shared-postgresql.further" (list "extraEnv" "name" (include "shared-postgresql.serverEnv" .) .Values.extraEnv) | nindent 8 }}
      ports:
        - name: postgresql
          containerPort: 5432
          protocol: TCP
      startupProbe:
        tcpSocket:
          port: postgresql
        {{- include "shared-postgresql.probeTiming" .Values.probes.startup | nindent 8 }}
      livenessProbe:
        tcpSocket:
          port: postgresql
        {{- include "shared-postgresql.probeTiming" .Values.probes.liveness | nindent 8 }}
      readinessProbe:
        exec:
          command: [pg_isready, --quiet, --host=127.0.0.1, --port=5432, --username=postgres]
        {{- include "shared-postgresql.probeTiming" .Values.probes.readiness | nindent 8 }}
      resources: {{ include "shared-postgresql.resources" .Values.resources }}
      volumeMounts:
        {{- include "shared-postgresql.further" (list "extraVolumeMounts" "mountPath" (include "shared-postgresql.serverMounts" .) .Values.extraVolumeMounts) | nindent 8 }}
    {{- include "shared-postgresql.watchContainer" (list . (include "shared-postgresql.podWatchEnv" .) "data") | nindent 4 }}
  volumes:
    {{- include "shared-postgresql.further" (list "extraVolumes" "name" (include "shared-postgresql.serverVolumes" .) .Values.extraVolumes) | nindent 4 }}
{{- end }}

{{/*
What a Service finds the server's pod by. Whoever may make pods in the namespace may label them; the label that a StatefulSet's controller writes is
on none by mistake, or by what was copied from the chart. The selector of the StatefulSet itself cannot change any more. As JSON.
*/}}
{{- define "shared-postgresql.serverSelector" -}}
{{- $labels := include "shared-postgresql.selectorLabels" (list . "server") | fromJson }}
{{- if eq .Values.workload.kind "StatefulSet" }}
{{- $_ := set $labels "statefulset.kubernetes.io/pod-name" (printf "%s-0" (include "shared-postgresql.fullname" .)) }}
{{- end }}
{{- toJson $labels }}
{{- end }}

{{/* The environment of the server's container, to which values add. */}}
{{- define "shared-postgresql.serverEnv" -}}
- name: PGDATA
  value: {{ printf "/var/lib/postgresql/%s/docker" .Values.postgresql.version | toJson }}
# The pod's user has no entry in passwd, and libpq would not guess a name.
- name: PGUSER
  value: postgres
# The admin's password, for psql in this container; start.sh writes it.
- name: PGPASSFILE
  value: /var/run/postgresql/.pgpass
- name: POSTGRES_PASSWORD_FILE
  value: /run/secrets/shared-postgresql/password
- name: POSTGRES_INITDB_ARGS
  value: --encoding=UTF8 --data-checksums
{{- with .Values.postgresql.returnFrom.version }}
- name: RETURN_FROM
  value: {{ toJson . }}
{{- end }}
{{- end }}

{{/* The mounts of the server's container, to which values add. */}}
{{- define "shared-postgresql.serverMounts" -}}
- name: data
  mountPath: /var/lib/postgresql
- name: config
  mountPath: /etc/shared-postgresql
  readOnly: true
- name: admin
  mountPath: /run/secrets/shared-postgresql
  readOnly: true
- name: run
  mountPath: /var/run/postgresql
- name: tmp
  mountPath: /tmp
- name: shm
  mountPath: /dev/shm
{{- if include "shared-postgresql.tlsMode" . }}
- name: tls
  mountPath: /run/secrets/shared-postgresql-tls
  readOnly: true
{{- end }}
{{- end }}

{{/* The volumes of the server's pod, to which values add. */}}
{{- define "shared-postgresql.serverVolumes" -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "shared-postgresql.claimName" . | toJson }}
- name: config
  configMap:
    name: {{ printf "%s-config" (include "shared-postgresql.fullname" .) | toJson }}
- name: admin
  {{- include "shared-postgresql.adminVolume" . | nindent 2 }}
- name: scripts
  configMap:
    name: {{ printf "%s-provisioning" (include "shared-postgresql.fullname" .) | toJson }}
- name: watch
  emptyDir:
    medium: Memory
    sizeLimit: 16Mi
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 16Mi
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- name: shm
  emptyDir:
    medium: Memory
    sizeLimit: 256Mi
{{- if include "shared-postgresql.tlsMode" . }}
{{ include "shared-postgresql.tlsVolume" . }}
{{- end }}
{{- if include "shared-postgresql.upgradeContainers" . }}
{{ include "shared-postgresql.upgradeVolumes" . }}
{{- end }}
{{- end }}

{{/* How the watch finds the server of its own pod, and its volume. */}}
{{- define "shared-postgresql.podWatchEnv" -}}
# Where the reserve lies.
- name: VOLUME
  value: /volume
- name: PGHOST
  value: 127.0.0.1
- name: PGPORT
  value: "5432"
{{- if include "shared-postgresql.tlsMode" . }}
# Whatever the certificate, even one that has ended: within the pod, it is proof enough that the server knows the password as well.
- name: PGSSLMODE
  value: require
- name: PGCHANNELBINDING
  value: require
{{- end }}
{{- end }}

{{- define "shared-postgresql.probeTiming" -}}
initialDelaySeconds: {{ int64 .initialDelaySeconds }}
periodSeconds: {{ int64 .periodSeconds }}
timeoutSeconds: {{ int64 .timeoutSeconds }}
failureThreshold: {{ int64 .failureThreshold }}
successThreshold: {{ int64 .successThreshold }}
{{- end }}
