{{/*
What brings the data of a former major over before the server starts for the first time: one container in that major's image, which takes every service's
database out, and one in this major's, which brings them in. And what looks, in a later major's image, whether the way back loses something. Nothing where it is
not asked for.
*/}}
{{- define "shared-postgresql.upgradeContainers" -}}
{{- $postgresql := .Values.postgresql }}
{{- with $postgresql.upgradeFrom }}
{{- if .version }}
{{- $image := include "shared-postgresql.otherImage" (list $ .) }}
{{- $steps := list $ .version $postgresql.version }}
- name: take-over
  {{- include "shared-postgresql.container" $ | replace (include "shared-postgresql.image" $) $image | nindent 2 }}
  {{- include "shared-postgresql.upgradeStep" (append $steps "take.sh") | nindent 2 }}
- name: bring-over
  {{- include "shared-postgresql.container" $ | nindent 2 }}
  {{- include "shared-postgresql.upgradeStep" (append $steps "bring.sh") | nindent 2 }}
{{- end }}
{{- end }}
{{- with $postgresql.returnFrom }}
{{- if .version }}
- name: look-back
  {{- include "shared-postgresql.container" $ | replace (include "shared-postgresql.image" $) (include "shared-postgresql.otherImage" (list $ .)) | nindent 2 }}
  {{- include "shared-postgresql.upgradeStep" (list $ $postgresql.version .version "look-back.sh" .discard) | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* The image of another major, from where the server's comes. Takes (list root other), the other being upgradeFrom or returnFrom. */}}
{{- define "shared-postgresql.otherImage" -}}
{{- $image := (index . 0).Values.image }}
{{- $other := index . 1 }}
{{- printf "%s/%s:%s" $image.registry $image.repository ($other.tag | default (printf "%s-bookworm" $other.version)) }}
{{- end }}

{{/* What all do alike. Takes (list root former next script), and the word by which what was written since is given up. */}}
{{- define "shared-postgresql.upgradeStep" -}}
{{- $steps := . }}
{{- $from := index . 1 }}
{{- $to := index . 2 }}
{{- with index . 0 }}
command: [bash, {{ printf "/upgrade/scripts/%s" (index $steps 3) | toJson }}]
env:
  - {name: FROM, value: {{ toJson $from }}}
  - {name: TO, value: {{ toJson $to }}}
  - {name: FORMER, value: {{ printf "/var/lib/postgresql/%s/docker" $from | toJson }}}
  - {name: NEXT, value: {{ printf "/var/lib/postgresql/%s/docker" $to | toJson }}}
  # Where the databases lie between the two.
  - {name: STAGE, value: /var/lib/postgresql/upgrade}
  # The scripts are those of three concerns, in one folder.
  - {name: UPGRADE, value: /upgrade}
  - {name: PROVISIONING, value: /upgrade}
  - {name: BACKUP, value: /upgrade}
  - {name: HERE, value: /work}
  - {name: WORK, value: /work}
  {{- if gt (len $steps) 4 }}
  - {name: DISCARD, value: {{ index $steps 4 | toJson }}}
  {{- end }}
  - {name: SERVICE_SECONDS, value: {{ int64 .Values.backup.deadlines.service | toString | toJson }}}
resources: {{ include "shared-postgresql.resources" .Values.resources }}
volumeMounts:
  - {name: data, mountPath: /var/lib/postgresql}
  - {name: upgrade, mountPath: /upgrade/scripts, readOnly: true}
  - {name: desired, mountPath: /upgrade/desired, readOnly: true}
  - {name: upgrade-work, mountPath: /work}
  - {name: tmp, mountPath: /tmp}
  - {name: shm, mountPath: /dev/shm}
{{- end }}
{{- end }}

{{- define "shared-postgresql.upgradeVolumes" -}}
- name: upgrade
  configMap:
    name: {{ printf "%s-upgrade" (include "shared-postgresql.fullname" .) | toJson }}
- name: desired
  configMap:
    name: {{ printf "%s-desired" (include "shared-postgresql.fullname" .) | toJson }}
- name: upgrade-work
  emptyDir:
    sizeLimit: 256Mi
{{- end }}
