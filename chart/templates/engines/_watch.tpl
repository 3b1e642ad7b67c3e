{{/*
What watches over the server from beside it: a session of the admin that ends those which keep all the others waiting. It is logged in
before one of them can stop logins, which is why no Job can do it alone. Takes (list root env volume): as YAML where
the server is, and the name of the volume with its data; empty where that is not to be had.
*/}}
{{- define "shared-postgresql.watchContainer" -}}
- name: watch
  {{- include "shared-postgresql.container" (index . 0) | nindent 2 }}
  command: [bash, /provisioning/scripts/watch.sh]
  env:
    - name: PROVISIONING
      value: /provisioning
    - name: WORK
      value: /work
    {{- range index . 1 | fromYamlArray }}
    - {{ toJson . }}
    {{- end }}
  livenessProbe:
    exec:
      command: [bash, /provisioning/scripts/watch.sh, alive]
    initialDelaySeconds: 360
    periodSeconds: 30
    timeoutSeconds: 10
    failureThreshold: 3
    successThreshold: 1
  # Whether the server takes part is for its own container to say.
  readinessProbe:
    exec:
      command: ["true"]
    initialDelaySeconds: 1
    periodSeconds: 60
    timeoutSeconds: 5
    failureThreshold: 3
    successThreshold: 1
  resources:
    requests:
      cpu: 10m
      memory: 32Mi
      ephemeral-storage: 16Mi
    limits:
      cpu: 250m
      memory: 64Mi
      ephemeral-storage: 16Mi
  volumeMounts:
    - name: scripts
      mountPath: /provisioning/scripts
      readOnly: true
    - name: admin
      mountPath: /provisioning/admin
      readOnly: true
    - name: watch
      mountPath: /work
    {{- with index . 2 }}
    - name: {{ toJson . }}
      mountPath: /volume
    {{- end }}
    - name: tmp
      mountPath: /tmp
{{- end }}
