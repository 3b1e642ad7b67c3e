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
What is there stays: the certificate until the last third of its life, until another name is wanted, or until another authority signs. A template cannot
read when a certificate ends, so annotations say it.
*/}}
{{- define "shared-postgresql.settledCertificates" -}}
{{- $days := 730 }}
{{- $names := include "shared-postgresql.tlsNames" . | fromJsonArray }}
{{- $present := include "shared-postgresql.presentCertificates" . | fromJson }}
{{- $now := now | unixEpoch | int64 }}
{{- if not (or $present (include "shared-postgresql.mayMake" .)) }}
{{- if ne .Values.auth.passwords "generated" }}
{{- fail "tls.mode is generated, but there is no cluster to look into for the certificate that is there, and every rendering would be another authority: set tls.mode to certManager, existingSecret or off; auth.generatedWithoutCluster allows it for a first install." }}
{{- end }}
{{- toJson dict }}
{{- else }}
{{- $isDue := not (and $present (eq (get $present "names") (join "," $names)) (gt (get $present "until" | int64) (add $now (mul (div $days 3) 86400)))) }}
{{- $authorities := include "shared-postgresql.settledAuthorities" (dict "root" . "present" $present "isDue" $isDue "days" $days "now" $now) | fromJson }}
{{- $signer := $authorities.signer }}
{{- $ends := get $present "ends" }}
{{- $data := dict "tls.crt" (dig "data" "tls.crt" "" $present) "tls.key" (dig "data" "tls.key" "" $present) }}
{{- if or $isDue (ne $signer.certificate (include "shared-postgresql.firstCertificate" (dig "data" "ca.crt" "" $present))) }}
{{- $addresses := include "shared-postgresql.tlsAddresses" . | fromJsonArray }}
{{- $lasts := min $days (div (sub (include "shared-postgresql.secondsOf" $signer.ends | int64) $now) 86400 | max 1) | int }}
{{- $authority := buildCustomCert (b64enc $signer.certificate) (b64enc $signer.key) }}
{{- $certificate := genSignedCertWithKey (first $names) $addresses $names $lasts $authority (genPrivateKey "ecdsa") }}
{{- $ends = include "shared-postgresql.daysFromNow" $lasts }}
{{- $data = dict "tls.crt" $certificate.Cert "tls.key" $certificate.Key }}
{{- end }}
{{- $_ := set $data "ca.crt" (printf "%s%s%s" $signer.certificate (dig "next" "certificate" "" $authorities) (dig "former" "certificate" "" $authorities)) }}
{{- $_ := set $data "ca.key" $signer.key }}
{{- $facts := dict "certificate-ends" $ends "certificate-names" (join "," $names) "authority-ends" $signer.ends "authority-rotation" (toString (int64 .Values.tls.rotation)) }}
{{- with $authorities.next }}
{{- $_ := set $data "next-ca.crt" .certificate }}
{{- $_ := set $data "next-ca.key" .key }}
{{- $_ := set $facts "next-authority-ends" .ends }}
{{- end }}
{{- with $authorities.former }}
{{- $_ := set $facts "former-authority-ends" .ends }}
{{- end }}
{{- toJson (dict "facts" $facts "data" $data) }}
{{- end }}
{{- end }}

{{/*
Which authority signs, which is made known beside it as the next, and which one clients still know as the former: each a map of certificate, key and ends, or
empty. One is made known a whole life of a certificate before it signs, and the former stays known until it ends, so that clients which read ca.crt now and
then never meet a certificate of an authority that they do not know. tls.rotation takes each of these steps at once. Takes (dict root present isDue days
now). As JSON.
*/}}
{{- define "shared-postgresql.settledAuthorities" -}}
{{- $present := .present }}
{{- $signer := dig "signer" dict $present }}
{{- $next := dig "next" dict $present }}
{{- $former := dig "former" dict $present }}
{{- $life := mul .days 86400 }}
{{- $isRotated := and $present (gt (int64 .root.Values.tls.rotation) (get $present "rotation" | int64)) }}
{{- $left := sub (include "shared-postgresql.secondsOf" (get $signer "ends") | int64) .now }}
{{- if le $left 86400 }}
{{- $signer = $next | default (include "shared-postgresql.newAuthority" .root | fromJson) }}
{{- $next = dict }}
{{- $former = dict }}
{{- else if and $next (or $isRotated (and .isDue (le $left $life))) }}
{{- $former = $signer }}
{{- $signer = $next }}
{{- $next = dict }}
{{- else if and $former (or $isRotated (le (include "shared-postgresql.secondsOf" $former.ends | int64) .now)) }}
{{- $former = dict }}
{{- else if and (not $next) (or $isRotated (le $left (mul 2 $life))) }}
{{- $next = include "shared-postgresql.newAuthority" .root | fromJson }}
{{- end }}
{{- toJson (dict "signer" $signer "next" $next "former" $former) }}
{{- end }}

{{- define "shared-postgresql.newAuthority" -}}
{{- $days := 3650 }}
{{- $authority := genCAWithKey (printf "%s CA" (include "shared-postgresql.fullname" .)) $days (genPrivateKey "ecdsa") }}
{{- toJson (dict "certificate" $authority.Cert "key" $authority.Key "ends" (include "shared-postgresql.daysFromNow" $days)) }}
{{- end }}

{{/* The first certificate of a text of several. */}}
{{- define "shared-postgresql.firstCertificate" -}}
{{- regexFind "(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?" . }}
{{- end }}

{{/* What the Secret that is there has, in the cluster or among the manifests of an earlier run; an empty map when there is none of ours. As JSON. */}}
{{- define "shared-postgresql.presentCertificates" -}}
{{- $name := include "shared-postgresql.tlsSecretName" . }}
{{- $secret := include "shared-postgresql.presentSecret" (list . $name) | fromJson }}
{{- $annotations := dig "metadata" "annotations" dict $secret | default dict }}
{{- $data := dict }}
{{- range $key := list "tls.crt" "tls.key" "ca.crt" "ca.key" "next-ca.crt" "next-ca.key" }}
{{- with dig "data" $key "" $secret }}
{{- $_ := set $data $key (b64dec .) }}
{{- end }}
{{- end }}
{{- if not (and (get $data "tls.crt") (get $data "tls.key") (get $data "ca.crt") (get $data "ca.key")) }}{}{{ else }}
{{- $ends := get $annotations "shared-postgresql/certificate-ends" }}
{{- $present := dict
  "names" (get $annotations "shared-postgresql/certificate-names")
  "ends" $ends
  "until" (include "shared-postgresql.secondsOf" $ends | int64)
  "rotation" (get $annotations "shared-postgresql/authority-rotation")
  "signer" (dict "certificate" (include "shared-postgresql.firstCertificate" (get $data "ca.crt")) "key" (get $data "ca.key") "ends" (get $annotations "shared-postgresql/authority-ends"))
  "data" $data }}
{{- if and (get $data "next-ca.crt") (get $data "next-ca.key") }}
{{- $_ := set $present "next" (dict "certificate" (get $data "next-ca.crt") "key" (get $data "next-ca.key") "ends" (get $annotations "shared-postgresql/next-authority-ends")) }}
{{- end }}
{{- with get $annotations "shared-postgresql/former-authority-ends" }}
{{- $_ := set $present "former" (dict "certificate" (get $data "ca.crt" | trimPrefix $present.signer.certificate | trimPrefix (dig "next" "certificate" "" $present)) "ends" .) }}
{{- end }}
{{- toJson $present }}
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
{{- if .Values.tls.clientAuthority }}
- ssl_ca_file=/run/secrets/shared-postgresql-tls/client-ca.crt
{{- else }}
- ssl_ca_file=/run/secrets/shared-postgresql-tls/ca.crt
{{- end }}
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
      {{- with .Values.tls.clientAuthority }}
      # In one volume with the certificate: whatever changes in it, the server reads all of it.
      - secret:
          name: {{ toJson . }}
          items: [{key: ca.crt, path: client-ca.crt}]
      {{- end }}
{{- end }}
