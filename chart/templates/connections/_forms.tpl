{{/*
What a connection Secret holds, for every convention that a service may follow: Service Binding, CloudNativePG's keys,
JDBC, .NET. Takes (dict host port database user password); gives YAML of texts.
*/}}
{{- define "shared-postgresql.connection" -}}
{{- $encoded := .password | urlquery | replace "+" "%20" }}
{{- $dotnet := .password }}
{{- if not (regexMatch "^[A-Za-z0-9]*$" .password) }}
{{- $dotnet = printf "\"%s\"" (.password | replace "\"" "\"\"") }}
{{- end }}
{{- $passfile := .password | replace "\\" "\\\\" | replace ":" "\\:" }}
{{- toJson (dict
  "type" "postgresql"
  "provider" "shared-postgresql"
  "host" .host
  "port" .port
  "database" .database
  "dbname" .database
  "username" .user
  "user" .user
  "password" .password
  "uri" (printf "postgresql://%s:%s@%s:%s/%s" .user $encoded .host .port .database)
  "jdbc-uri" (printf "jdbc:postgresql://%s:%s/%s?user=%s&password=%s" .host .port .database .user $encoded)
  "pgpass" (printf "%s:%s:%s:%s:%s" .host .port .database .user $passfile)
  "connection-string" (printf "Host=%s;Port=%s;Database=%s;Username=%s;Password=%s" .host .port .database .user $dotnet)) }}
{{- end }}
