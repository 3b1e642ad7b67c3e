{{/*
What brings the data of a former major over before the server starts for the first time: one container in that major's image, which takes every service's
database out, and one in this major's, which brings them in. Nothing where it is not asked for.
*/}}
{{- define "shared-postgresql.upgradeContainers" -}}
{{- with .Values.postgresql.upgradeFrom.version }}
- name: take-over
  {{- include "shared-postgresql.container" $ | replace (include "shared-postgresql.image" $) (include "shared-postgresql.formerImage" $) | nindent 2 }}
  {{- include "shared-postgresql.upgradeStep" (list $ "take.sh") | nindent 2 }}
- name: bring-over
  {{- include "shared-postgresql.container" $ | nindent 2 }}
  {{- include "shared-postgresql.upgradeStep" (list $ "bring.sh") | nindent 2 }}
{{- end }}
{{- end }}

{{/* The image of the former major, from where the other one comes. */}}
{{- define "shared-postgresql.formerImage" -}}
{{- $from := .Values.postgresql.upgradeFrom }}
{{- $tag := $from.tag | default (printf "%s-bookworm" $from.version) }}
{{- printf "%s/%s:%s" .Values.image.registry .Values.image.repository $tag }}
{{- end }}

{{/* What both do alike. Takes (list root script). */}}
{{- define "shared-postgresql.upgradeStep" -}}
{{- with index . 0 }}
{{- $from := .Values.postgresql.upgradeFrom.version }}
command: [bash, {{ printf "/upgrade/scripts/%s" (index $ 1) | toJson }}]
env:
  - {name: FROM, value: {{ toJson $from }}}
  - {name: TO, value: {{ toJson .Values.postgresql.version }}}
  - {name: FORMER, value: {{ printf "/var/lib/postgresql/%s/docker" $from | toJson }}}
  - {name: NEXT, value: {{ printf "/var/lib/postgresql/%s/docker" .Values.postgresql.version | toJson }}}
  # Where the databases lie between the two.
  - {name: STAGE, value: /var/lib/postgresql/upgrade}
  # The scripts are those of three concerns, in one folder.
  - {name: UPGRADE, value: /upgrade}
  - {name: PROVISIONING, value: /upgrade}
  - {name: BACKUP, value: /upgrade}
  - {name: HERE, value: /work}
  - {name: WORK, value: /work}
  - {name: SERVICE_SECONDS, value: {{ int64 .Values.backup.deadlines.service | toString | toJson }}}
resources: {{ include "shared-postgresql.resources" .Values.resources }}
volumeMounts:
  - {name: data, mountPath: /var/lib/postgresql}
  - {name: upgrade, mountPath: /upgrade/scripts, readOnly: true}
  - {name: upgrade-work, mountPath: /work}
  - {name: tmp, mountPath: /tmp}
  - {name: shm, mountPath: /dev/shm}
{{- end }}
{{- end }}

{{- define "shared-postgresql.upgradeVolumes" -}}
- name: upgrade
  configMap:
    name: {{ printf "%s-upgrade" (include "shared-postgresql.fullname" .) | toJson }}
- name: upgrade-work
  emptyDir:
    sizeLimit: 256Mi
{{- end }}
