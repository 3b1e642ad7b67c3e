{{/* The pod of the server, for the StatefulSet and the Deployment. */}}
{{- define "shared-postgresql.serverPod" -}}
metadata:
  labels:
    {{- include "shared-postgresql.podLabels" (list . "server") | nindent 4 }}
  annotations:
    # What the ConfigMap has is read at a restart.
    {{- $checksum := dict "checksum/config" (include "shared-postgresql.serverConfig" . | sha256sum) }}
    {{- include "shared-postgresql.texts" (list .Values.commonAnnotations $checksum) | nindent 4 }}
spec:
  {{- include "shared-postgresql.podSpec" . | nindent 2 }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ int64 .Values.terminationGracePeriodSeconds }}
  {{- with .Values.extraInitContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
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
      env:
        - name: PGDATA
          value: /var/lib/postgresql/{{ .Values.postgresql.version }}/docker
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
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
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
      resources:
        {{- include "shared-postgresql.resources" .Values.resources | nindent 8 }}
      volumeMounts:
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
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: data
      persistentVolumeClaim:
        claimName: {{ include "shared-postgresql.claimName" . | quote }}
    - name: config
      configMap:
        name: {{ include "shared-postgresql.fullname" . }}-config
    - name: admin
      {{- include "shared-postgresql.adminVolume" . | nindent 6 }}
    - name: run
      emptyDir:
        sizeLimit: 16Mi
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    - name: shm
      emptyDir:
        medium: Memory
        sizeLimit: 256Mi
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "shared-postgresql.probeTiming" -}}
initialDelaySeconds: {{ int64 .initialDelaySeconds }}
periodSeconds: {{ int64 .periodSeconds }}
timeoutSeconds: {{ int64 .timeoutSeconds }}
failureThreshold: {{ int64 .failureThreshold }}
successThreshold: {{ int64 .successThreshold }}
{{- end }}
