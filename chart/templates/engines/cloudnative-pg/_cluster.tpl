{{/* The server's image: the operator's own build of PostgreSQL, with the Debian of the pods of provisioning, whose C library sorts as theirs does. */}}
{{- define "shared-postgresql.clusterImage" -}}
{{- .Values.engine.cloudnativePg.image | default (printf "ghcr.io/cloudnative-pg/postgresql:%s-standard-bookworm" .Values.postgresql.version) }}
{{- end }}

{{/* What the operator lets values set of postgresql.conf, as JSON of texts. It writes the quotes itself. */}}
{{- define "shared-postgresql.clusterParameters" -}}
{{- $server := (.Files.Get "desired.json" | fromJson).server }}
{{- $parameters := dict
  "max_connections" (int64 $server.maxConnections | toString)
  "superuser_reserved_connections" (int64 $server.reservedConnections | toString) }}
{{- range include "shared-postgresql.computedSettings" . | fromJsonArray }}
{{- $_ := set $parameters .setting (include "shared-postgresql.text" .value) }}
{{- end }}
{{- range $name, $value := .Values.postgresql.settings }}
{{- $_ := set $parameters $name (include "shared-postgresql.text" $value) }}
{{- end }}
{{- omit $parameters "shared_preload_libraries" | toJson }}
{{- end }}

{{/* The libraries of shared_preload_libraries, which the operator takes as a list. As JSON. */}}
{{- define "shared-postgresql.clusterLibraries" -}}
{{- $libraries := list }}
{{- range splitList "," (get .Values.postgresql.settings "shared_preload_libraries" | default "") }}
{{- $libraries = without (append $libraries (trim . | trimAll "\"")) "" }}
{{- end }}
{{- toJson $libraries }}
{{- end }}

{{/*
The lines that the operator puts between its own: before them, over the socket, the system's user is the superuser, and its own two logins show certificates;
after them anybody with a password comes in, so that the last of ours must turn away. As JSON.
*/}}
{{- define "shared-postgresql.clusterHba" -}}
{{- $lines := list }}
{{- range splitList "\n" (.Files.Get "engines/cloudnative-pg/pg_hba.conf") }}
{{- if and . (not (hasPrefix "#" .)) }}
{{- $line := ternary (regexReplaceAll "^host   (.* scram-sha-256)$" . "hostssl ${1}") . $.Values.tls.required }}
{{- $lines = append $lines (regexReplaceAll " +" $line " ") }}
{{- end }}
{{- end }}
{{- toJson $lines }}
{{- end }}

{{/* The labels by which the chart, its policies and its commands know the pods, volumes and Services that the operator makes. As JSON. */}}
{{- define "shared-postgresql.clusterLabels" -}}
{{- $own := include "shared-postgresql.selectorLabels" (list . "server") | fromJson }}
{{- include "shared-postgresql.texts" (list .Values.commonLabels $own (dict "app.kubernetes.io/part-of" "shared-postgresql")) }}
{{- end }}

{{/* Where the pods run, in the operator's words. As JSON. */}}
{{- define "shared-postgresql.clusterAffinity" -}}
{{- $affinity := dict "enablePodAntiAffinity" true "topologyKey" "kubernetes.io/hostname" "podAntiAffinityType" "preferred" }}
{{- $given := dict "nodeSelector" .Values.nodeSelector "tolerations" .Values.tolerations
      "nodeAffinity" (get .Values.affinity "nodeAffinity")
      "additionalPodAffinity" (get .Values.affinity "podAffinity")
      "additionalPodAntiAffinity" (get .Values.affinity "podAntiAffinity") }}
{{- range $field, $value := $given }}
{{- if $value }}
{{- $_ := set $affinity $field $value }}
{{- end }}
{{- end }}
{{- toJson $affinity }}
{{- end }}
