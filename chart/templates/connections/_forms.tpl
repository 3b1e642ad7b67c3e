{{/*
What a connection Secret holds, as JSON of texts: Service Binding's keys and CloudNativePG's, which are always there, then the forms of
connections/forms.json and the templates that the values ask for. generator/generate/connections.ts reads the same forms. Takes (dict root host port
database user password certificate), the last one empty where the login need show none.
*/}}
{{- define "shared-postgresql.connection" -}}
{{- $given := .root.Values.connections }}
{{- $connection := dict "type" "postgresql" "provider" "shared-postgresql" "host" .host "port" .port
      "database" .database "dbname" .database "username" .user "user" .user }}
{{- if .password }}
{{- include "shared-postgresql.carriedPassword" . }}
{{- $_ := set $connection "password" .password }}
{{- $facts := include "shared-postgresql.facts" . | fromJson }}
{{- $forms := .root.Files.Get "connections/forms.json" | fromJson }}
{{- $texts := deepCopy $given.templates }}
{{- range $name := $given.forms }}
{{- $form := get $forms $name }}
{{- $shown := ternary $form.certificate dict (and (not (empty $.certificate)) (ne $facts.sslmode "disable")) }}
{{- range $key := concat (keys $form.keys) (keys $shown) | uniq }}
{{- $text := printf "%s%s" (get $form.keys $key) (get $shown $key) }}
{{- $_ := set $texts $key ($text | replace "{{tls}}" (get $form.tls $facts.sslmode)) }}
{{- end }}
{{- end }}
{{- range $key, $text := $texts }}
{{- with include "shared-postgresql.filledIn" (list $text $facts) }}
{{- $_ := set $connection $key . }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $connection }}
{{- end }}

{{/* What the placeholders of a form or a template stand for, as JSON. Takes what shared-postgresql.connection takes. */}}
{{- define "shared-postgresql.facts" -}}
{{- $facts := dict "host" .host "port" .port "database" .database "username" .user "password" .password
      "sslmode" (include "shared-postgresql.sslmode" .root) "authorityFile" .root.Values.connections.authorityFile }}
{{- $folder := dir .root.Values.connections.authorityFile | trimSuffix "/" }}
{{- range $fact, $end := dict "certificateFile" "tls.crt" "keyFile" "tls.key" "derKeyFile" "key.der" }}
{{- $_ := set $facts $fact (printf "%s/%s.%s" $folder $.user $end) }}
{{- end }}
{{- $dotnet := printf "\"%s\"" (.password | replace "\"" "\"\"") }}
{{- toJson (merge $facts (dict
      "passwordForUri" (.password | urlquery | replace "+" "%20")
      "passwordForDotnet" (ternary .password $dotnet (regexMatch "^[A-Za-z0-9]*$" .password))
      "passwordForDsn" (printf "'%s'" (.password | replace "\\" "\\\\" | replace "'" "\\'"))
      "passwordForPgpass" (.password | replace "\\" "\\\\" | replace ":" "\\:")
      "passwordForJson" (toRawJson .password))) }}
{{- end }}

{{/* How sure a client is to be of the server that it has, in libpq's words. */}}
{{- define "shared-postgresql.sslmode" -}}
{{- if include "shared-postgresql.speaksTls" . }}{{ .Values.connections.sslmode }}
{{- else if eq .Values.connections.sslmode "verify-full" }}
{{- fail "connections.sslmode is verify-full, but the server speaks no TLS, and every form would say disable: give it TLS (tls.mode), or take sslmode out." }}
{{- else }}disable{{ end }}
{{- end }}

{{/* A text with its placeholders replaced, in one pass, so that nothing in a password is taken for one, and nothing is evaluated. Takes (list text facts). */}}
{{- define "shared-postgresql.filledIn" -}}
{{- $facts := index . 1 }}
{{- $placeholder := "\\{\\{[A-Za-z]+\\}\\}" }}
{{- $names := regexFindAll $placeholder (index . 0) -1 }}
{{- range $index, $text := regexSplit $placeholder (index . 0) -1 }}
{{- $text }}
{{- if lt $index (len $names) }}
{{- get $facts (index $names $index | trimPrefix "{{" | trimSuffix "}}") }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Refuses a password that not every form carries to every client: a line break ends a pgpass line, and a carriage return before it is taken off; no client
has NUL; SASLprep knows no control characters, so clients differ in what they hash; what is no UTF-8 is another text in JSON.
*/}}
{{- define "shared-postgresql.carriedPassword" -}}
{{- if regexMatch "[\\x00-\\x1f\\x7f-\\x{9f}\\x{fffd}]" .password }}
{{- fail (printf "The password of %s has a control character (a line break at its end, perhaps) or is no UTF-8, which not every client is given unchanged: write it without, into the key password of its Secret." .user) }}
{{- end }}
{{- end }}
