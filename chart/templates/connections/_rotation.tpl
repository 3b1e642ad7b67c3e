{{/*
The login that is in use: the one of this name, or after every other rotation the second one, with which it takes turns. The generator has the
same names (secondOf). Takes the structure of a service or of one of its roles.
*/}}
{{- define "shared-postgresql.loginInUse" -}}
{{- if eq (mod (int64 .rotation) 2) 0 }}{{ .user }}{{ else }}{{ printf "%s_2" (trunc 61 .user) }}{{ end }}
{{- end }}
