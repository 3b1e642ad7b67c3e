{{/*
The Secret with the certificates of a login that the chart's authority signs, in the namespace of the deployment, where the Job reads it, and in that of the
service's pods. After a rotation it has those of both logins, each under its name, so that pods which read the files live go on with the former until they
start again. Takes (dict root values user loginInUse rotation certificate).
*/}}
{{- define "shared-postgresql.issuedCertificate" }}
{{- if and .certificate .root.Values.tls.issueClientCertificates }}
{{- if or (ne (include "shared-postgresql.tlsMode" .root) "generated") .root.Values.tls.clientAuthority }}
{{- fail "tls.issueClientCertificates is true, but the chart has no authority to sign with: set tls.mode to generated and leave tls.clientAuthority empty, or bring the Secrets that clientCertificate names yourself." }}
{{- end }}
{{- $issued := dict }}
{{- if include "shared-postgresql.hasSecrets" .root }}
{{- $issued = include "shared-postgresql.settledClientCertificate" . | fromJson }}
{{- end }}
{{- if $issued.data }}
{{- $own := include "shared-postgresql.namespace" .root }}
{{- range $namespace := list $own (include "shared-postgresql.serviceNamespace" (list .root .values)) | uniq }}
---
apiVersion: v1
kind: Secret
metadata:
  {{- include "shared-postgresql.metadata" (dict "root" $.root "name" $.certificate "namespace" $namespace "component" "service" "annotations" $issued.facts) | nindent 2 }}
type: kubernetes.io/tls
{{- include "shared-postgresql.unchangeable" $.root }}
data: {{ toJson $issued.data }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
What is there stays until the last third of its life, until another login is named, until another authority signs, or until somebody changed it. The data are in
Base64. As JSON; an empty map where nothing may be made.
*/}}
{{- define "shared-postgresql.settledClientCertificate" -}}
{{- $authority := include "shared-postgresql.certificates" .root | fromJson }}
{{- $days := 730 }}
{{- $now := now | unixEpoch | int64 }}
{{- if $authority.data }}
{{- $signer := include "shared-postgresql.firstCertificate" (get $authority.data "ca.crt") }}
{{- $logins := ternary (list .user) (list .user (printf "%s_2" (trunc 61 .user))) (eq (int64 .rotation) 0) }}
{{- $present := include "shared-postgresql.presentSecret" (list .root .certificate) | fromJson }}
{{- $facts := dig "metadata" "annotations" dict $present | default dict }}
{{- $data := dig "data" dict $present | default dict }}
{{- $ends := get $facts "shared-postgresql/certificate-ends" }}
{{- $isDue := not (and (get $data "tls.key")
      (eq (get $facts "shared-postgresql/certificate-names" | default "") (join "," $logins))
      (eq (get $facts "shared-postgresql/certificate-authority" | default "") (sha256sum $signer))
      (eq (get $facts "shared-postgresql/certificate-hash" | default "") (include "shared-postgresql.issuedHash" (list $data $logins)))
      (gt (include "shared-postgresql.secondsOf" $ends | int64) (add $now (mul (div $days 3) 86400)))) }}
{{- if $isDue }}
{{- $lasts := min $days (div (sub (include "shared-postgresql.secondsOf" (get $authority.facts "authority-ends") | int64) $now) 86400 | max 1) | int }}
{{- $signing := buildCustomCert (b64enc $signer) (get $authority.data "ca.key" | b64enc) }}
{{- $ends = include "shared-postgresql.daysFromNow" $lasts }}
{{- $data = dict }}
{{- range $login := $logins }}
{{- $made := genSignedCertWithKey $login list list $lasts $signing (genPrivateKey "ecdsa") }}
{{- $_ := set $data (printf "%s.tls.crt" $login) (b64enc $made.Cert) }}
{{- $_ := set $data (printf "%s.tls.key" $login) (b64enc $made.Key) }}
{{- $_ := set $data (printf "%s.key.der" $login) (include "shared-postgresql.asPkcs8" $made.Key) }}
{{- end }}
{{- end }}
{{- $_ := set $data "tls.crt" (get $data (printf "%s.tls.crt" .loginInUse)) }}
{{- $_ := set $data "tls.key" (get $data (printf "%s.tls.key" .loginInUse)) }}
{{- toJson (dict "data" $data "facts" (dict
      "shared-postgresql/certificate-ends" $ends
      "shared-postgresql/certificate-names" (join "," $logins)
      "shared-postgresql/certificate-authority" (sha256sum $signer)
      "shared-postgresql/certificate-hash" (include "shared-postgresql.issuedHash" (list $data $logins)))) }}
{{- else }}
{{- toJson dict }}
{{- end }}
{{- end }}

{{/* A hash of the certificates and keys that were issued, so that a change by hand is seen; what others put beside them is none of it. Takes (list data logins). */}}
{{- define "shared-postgresql.issuedHash" -}}
{{- $issued := list }}
{{- range $login := index . 1 }}
{{- range $end := list "tls.crt" "tls.key" }}
{{- $issued = append $issued (get (index $ 0) (printf "%s.%s" $login $end)) }}
{{- end }}
{{- end }}
{{- $issued | toJson | sha256sum }}
{{- end }}

{{/* A key on the curve P-256 as DER of PKCS #8 (RFC 5915 in RFC 5958), in Base64: what PEM has of it, behind a head that is always the same. pgjdbc reads no other. */}}
{{- define "shared-postgresql.asPkcs8" -}}
{{- $key := regexReplaceAll "-----[A-Z ]+-----|\\s" . "" | b64dec }}
{{- printf "%s%s" (b64dec "MIGTAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBHk=") $key | b64enc }}
{{- end }}
