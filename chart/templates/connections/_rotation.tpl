{{/*
The login that is in use: the one of this name, or after every other rotation the second one, with which it takes turns. The generator has the
same names (secondOf). Takes the structure of a service or of one of its roles.
*/}}
{{- define "shared-postgresql.loginInUse" -}}
{{- if eq (mod (int64 .rotation) 2) 0 }}{{ .user }}{{ else }}{{ printf "%s_2" (trunc 61 .user) }}{{ end }}
{{- end }}

{{/* How often the login of a Secret was rotated that takes turns with no other. Takes the Secret. */}}
{{- define "shared-postgresql.rotationOf" -}}
{{- dig "data" "rotation" "" . | b64dec | default "0" }}
{{- end }}

{{/* The password before the last rotation of such a login; empty where nobody can know it. Takes what shared-postgresql.password takes. */}}
{{- define "shared-postgresql.formerPassword" -}}
{{- if eq (index . 4) "derived" }}
{{- include "shared-postgresql.derivedPassword" (append (initial .) (sub (index . 5) 1)) }}
{{- else }}
{{- $present := include "shared-postgresql.presentSecret" (list (index . 0) (index . 1)) | fromJson }}
{{- dig "data" (ternary "former-password" "password" (eq (include "shared-postgresql.rotationOf" $present) (index . 5 | int64 | toString))) "" $present | b64dec }}
{{- end }}
{{- end }}
