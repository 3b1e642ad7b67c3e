{{/* Where the server's certificate comes from; empty when it speaks no TLS: to YAML, off is false. */}}
{{- define "shared-postgresql.tlsMode" -}}
{{- if not (has (toString .Values.tls.mode) (list "off" "false")) }}{{ .Values.tls.mode }}{{ end }}
{{- end }}

{{- define "shared-postgresql.tlsSecretName" -}}
{{- .Values.tls.secretName | default (printf "%s-tls" (include "shared-postgresql.fullname" .)) }}
{{- end }}

{{/* The names by which the server is reached, through a forwarded port as well. As JSON. */}}
{{- define "shared-postgresql.tlsNames" -}}
{{- $host := include "shared-postgresql.host" . }}
{{- list (include "shared-postgresql.serviceName" .) (trimSuffix ".svc" $host) $host (printf "%s.%s" $host .Values.tls.clusterDomain) "localhost" | toJson }}
{{- end }}

{{- define "shared-postgresql.tlsAddresses" -}}
["127.0.0.1","::1"]
{{- end }}

{{/*
What the Secret of mode generated holds, with until when, as JSON: the same wherever a rendering asks for it; an empty map where none can be had.
.Values are part of the Job's name, so it is kept elsewhere.
*/}}
{{- define "shared-postgresql.certificates" -}}
{{- include "shared-postgresql.remembered" (list . "certificates" (include "shared-postgresql.tlsSecretName" .) "shared-postgresql.settledCertificates" .) }}
{{- end }}

{{/*
The certificate of the authority, for clients; empty where only the cluster knows it, or where there is none. What was made without a cluster is known
to Secrets that nobody can change either.
*/}}
{{- define "shared-postgresql.authority" -}}
{{- if eq (include "shared-postgresql.tlsMode" .) "generated" }}
{{- if or (include "shared-postgresql.sees" .) (eq .Values.auth.passwords "generated") }}
{{- dig "data" "ca.crt" "" (include "shared-postgresql.certificates" . | fromJson) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
What is there stays: the certificate until the last third of its life, or until another name is wanted; the authority as long as it outlives a
certificate that it signs. A template cannot read when a certificate ends, so annotations say it.
*/}}
{{- define "shared-postgresql.settledCertificates" -}}
{{- $days := 730 }}
{{- $authorityDays := 3650 }}
{{- $names := include "shared-postgresql.tlsNames" . | fromJsonArray }}
{{- $present := include "shared-postgresql.presentCertificates" . | fromJson }}
{{- $now := now | unixEpoch | int64 }}
{{- $keepsAuthority := and $present (gt (int64 $present.authorityUntil) (add $now (mul $days 86400))) }}
{{- if not (or $present (include "shared-postgresql.mayMake" .)) }}
{{- if ne .Values.auth.passwords "generated" }}
{{- fail "tls.mode is generated, but there is no cluster to look into for the certificate that is there, and every rendering would be another authority: set tls.mode to certManager, existingSecret or off; auth.generatedWithoutCluster allows it for a first install." }}
{{- end }}
{{- toJson dict }}
{{- else if and $keepsAuthority (eq $present.names (join "," $names)) (gt (int64 $present.until) (add $now (mul (div $days 3) 86400))) }}
{{- toJson $present }}
{{- else }}
{{- $authority := dict }}
{{- $authorityEnds := $present.authorityEnds }}
{{- if $keepsAuthority }}
{{- $authority = buildCustomCert (index $present.data "ca.crt" | b64enc) (index $present.data "ca.key" | b64enc) }}
{{- else }}
{{- $authority = genCAWithKey (printf "%s CA" (include "shared-postgresql.fullname" .)) $authorityDays (genPrivateKey "ecdsa") }}
{{- $authorityEnds = include "shared-postgresql.daysFromNow" $authorityDays }}
{{- end }}
{{- $addresses := include "shared-postgresql.tlsAddresses" . | fromJsonArray }}
{{- $certificate := genSignedCertWithKey (first $names) $addresses $names $days $authority (genPrivateKey "ecdsa") }}
{{- toJson (dict
  "names" (join "," $names)
  "ends" (include "shared-postgresql.daysFromNow" $days)
  "authorityEnds" $authorityEnds
  "data" (dict "tls.crt" $certificate.Cert "tls.key" $certificate.Key "ca.crt" $authority.Cert "ca.key" $authority.Key)) }}
{{- end }}
{{- end }}

{{/* The same of the Secret that is there, in the cluster or among the manifests of an earlier run; an empty map when there is none of ours. */}}
{{- define "shared-postgresql.presentCertificates" -}}
{{- $name := include "shared-postgresql.tlsSecretName" . }}
{{- $secret := get (get .Values "present" | default dict) $name | default (include "shared-postgresql.presentSecret" (list . $name) | fromJson) }}
{{- $annotations := dig "metadata" "annotations" dict $secret | default dict }}
{{- $data := dict }}
{{- range $key := list "tls.crt" "tls.key" "ca.crt" "ca.key" }}
{{- with dig "data" $key "" $secret }}
{{- $_ := set $data $key (b64dec .) }}
{{- end }}
{{- end }}
{{- $ends := get $annotations "shared-postgresql/certificate-ends" }}
{{- $authorityEnds := get $annotations "shared-postgresql/authority-ends" }}
{{- if lt (len $data) 4 }}{}{{ else }}
{{- toJson (dict
  "names" (get $annotations "shared-postgresql/certificate-names")
  "ends" $ends
  "until" (include "shared-postgresql.secondsOf" $ends | int64)
  "authorityEnds" $authorityEnds
  "authorityUntil" (include "shared-postgresql.secondsOf" $authorityEnds | int64)
  "data" $data) }}
{{- end }}
{{- end }}

{{/* A time as the annotations have it. What is none was before all others. */}}
{{- define "shared-postgresql.secondsOf" -}}
{{- (toDate "2006-01-02T15:04:05Z07:00" .).Unix }}
{{- end }}

{{- define "shared-postgresql.daysFromNow" -}}
{{- dateInZone "2006-01-02T15:04:05Z07:00" (now | dateModify (printf "%dh" (mul . 24))) "UTC" }}
{{- end }}

{{/* What the server is told of its certificate, and of those that logins show. The paths are arguments, not lines of a ConfigMap: one of them is that of a key. */}}
{{- define "shared-postgresql.tlsArguments" -}}
- -c
- ssl=on
- -c
- ssl_cert_file=/run/secrets/shared-postgresql-tls/tls.crt
- -c
- ssl_key_file=/run/secrets/shared-postgresql-tls/tls.key
- -c
- ssl_ca_file=/run/secrets/shared-postgresql-tls/ca.crt
{{- end }}

{{/* Certificate and key, for the server alone: PostgreSQL wants the key with root as its owner closed to all but its own group. 288 is 0440. */}}
{{- define "shared-postgresql.tlsVolume" -}}
- name: tls
  projected:
    defaultMode: 288
    sources:
      - secret:
          name: {{ include "shared-postgresql.tlsSecretName" . | toJson }}
          items: [{key: tls.crt, path: tls.crt}, {key: tls.key, path: tls.key}, {key: ca.crt, path: ca.crt}]
          {{- if eq (include "shared-postgresql.tlsMode" .) "generated" }}
          optional: true
          {{- end }}
{{- end }}

{{/* How the deployment's own sessions know the server: by its authority and its name. */}}
{{- define "shared-postgresql.clientEnv" -}}
- name: PGSSLMODE
  value: verify-full
- name: PGSSLROOTCERT
  value: /provisioning/tls/ca.crt
{{- end }}

{{- define "shared-postgresql.clientMount" -}}
- name: tls
  mountPath: /provisioning/tls
  readOnly: true
{{- end }}

{{/* The authority, and the certificate that the server is to serve: never its key. */}}
{{- define "shared-postgresql.clientVolume" -}}
- name: tls
  projected:
    sources:
      - secret:
          name: {{ include "shared-postgresql.tlsSecretName" . | toJson }}
          items: [{key: ca.crt, path: ca.crt}, {key: tls.crt, path: tls.crt}]
          {{- if eq (include "shared-postgresql.tlsMode" .) "generated" }}
          optional: true
          {{- end }}
{{- end }}
