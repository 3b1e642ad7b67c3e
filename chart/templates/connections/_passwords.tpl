{{/*
Where the password of a login comes from. What the command deploy brings is there already to Helm, and made as any other where that command renders it.
Takes (list root service login), the values of its service and its own.
*/}}
{{- define "shared-postgresql.passwordOrigin" -}}
{{- $origin := (index . 1).passwords | default (index . 0).Values.auth.passwords }}
{{- if or (index . 2).existingSecret (eq $origin "existingSecret") }}existingSecret
{{- else if ne (index . 0).Values.auth.passwords "deploy" }}{{ $origin }}
{{- else }}{{ ternary "generated" "existingSecret" (eq (include "shared-postgresql.hasSecrets" (index . 0)) "true") }}
{{- end }}
{{- end }}

{{/* The same of the deployment's own logins, of which existingSecret says nothing: their Secrets are named one by one. */}}
{{- define "shared-postgresql.ownOrigin" -}}
{{- ternary "generated" .Values.auth.passwords (has .Values.auth.passwords (list "existingSecret" "deploy")) }}
{{- end }}

{{/* Whether this rendering has the Secrets that are made: not where the command deploy brings them, so that no release holds any. */}}
{{- define "shared-postgresql.hasSecrets" -}}
{{- if or (ne .Values.auth.passwords "deploy") (hasKey .Values "passwords") }}true{{ end }}
{{- end }}

{{/*
The password in a Secret that the chart makes, the same wherever a rendering asks for it; empty where none can be had. One that is given comes before
those that are made.
Takes (list root name user database origin rotation), the database empty for the admin and the archive, whose login is the same after a rotation.
*/}}
{{- define "shared-postgresql.password" -}}
{{- $root := index . 0 }}
{{- $given := get (get $root.Values "passwords" | default dict) (index . 2) }}
{{- if eq (index . 4) "externalSecret" }}
{{- if index . 5 }}
{{- fail (printf "the password of %s is made once by the External Secrets Operator and does not rotate: let it come from elsewhere, or set its rotation to 0." (index . 2)) }}
{{- end }}
{{- include "shared-postgresql.passwordToCome" $root }}
{{- else if $given }}
{{- $given }}
{{- else if eq (index . 4) "derived" }}
{{- include "shared-postgresql.derivedPassword" . }}
{{- else }}
{{- include "shared-postgresql.remembered" (list $root "passwords" (index . 1) "shared-postgresql.generatedPassword" .) }}
{{- end }}
{{- end }}

{{/*
The one that is there already for this login, or a new one. Whoever had a Secret of this name before knows what stands in it, so a password is kept
only with its login, and with its rotation: of a login that was rotated twice in one upgrade the turn has come again. The admin's is also kept where no name
stands beside it. Takes what shared-postgresql.password takes.
*/}}
{{- define "shared-postgresql.generatedPassword" -}}
{{- $root := index . 0 }}
{{- $name := index . 1 }}
{{- $present := include "shared-postgresql.presentSecret" (list $root $name) | fromJson }}
{{- $isOwn := and $present
      (eq (dig "data" "username" (ternary (b64enc "postgres") "" (empty (index . 3))) $present | b64dec) (index . 2))
      (eq (dig "data" "database" "" $present | b64dec) (index . 3))
      (eq (include "shared-postgresql.rotationOf" $present) (index . 5 | int64 | toString)) }}
{{- if not $isOwn }}
{{- if include "shared-postgresql.mayMake" $root }}
{{- /* 142 bits; every character stands in the release's 1 MiB several times for each service. */ -}}
{{- randAlphaNum 24 }}
{{- end }}
{{- else if not (dig "data" "password" "" $present) }}
{{- fail (printf "Secret %s is there without the key password: add the key, or delete the Secret to have a new password made." $name) }}
{{- else }}
{{- $present.data.password | b64dec }}
{{- end }}
{{- end }}

{{/*
The same in every rendering with this seed: 144 bits of a hash around a hash, which tells nothing of the seed or of another login's. Every form carries
its characters as they are. Takes what shared-postgresql.password takes.
*/}}
{{- define "shared-postgresql.derivedPassword" -}}
{{- $root := index . 0 }}
{{- $seed := $root.Values.auth.seed }}
{{- if lt (len $seed) 32 }}
{{- fail "passwords are derived, but auth.seed has less than 32 characters: give a random text of so many to whoever renders the chart (head -c 32 /dev/urandom | base64 | tr -d '\\n'), and keep it as long as the deployment; the command manifests reads it as AUTH_SEED of its file of passwords." }}
{{- else if not (regexMatch "^[!-~]+$" $seed) }}
{{- fail "passwords are derived, but auth.seed has a line end, a blank or another character than ASCII: write its file without a line end (tr -d '\\n'), or give another text." }}
{{- end }}
{{- $login := list (include "shared-postgresql.namespace" $root) (include "shared-postgresql.fullname" $root) (index . 2) (index . 5 | int64) }}
{{- list $seed (list $seed $login | toJson | sha256sum) | toJson | sha256sum | trunc 36 }}
{{- end }}

{{/*
Whether something can be asked for what is there: a cluster, in which one of these always is, or what a command of ours found. Empty in
`helm template` and with Argo CD, where lookup finds nothing.
*/}}
{{- define "shared-postgresql.sees" -}}
{{- if or (hasKey .Values "passwords") (hasKey .Values "present") }}
{{- true }}
{{- else }}
{{- include "shared-postgresql.remembered" (list . "sees" "a cluster" "shared-postgresql.seesCluster" .) }}
{{- end }}
{{- end }}

{{- define "shared-postgresql.seesCluster" -}}
{{- if or (include "shared-postgresql.seesSecrets" .) (lookup "v1" "ServiceAccount" (include "shared-postgresql.namespace" .) "default") (lookup "v1" "Namespace" "" "kube-system") }}
{{- true }}
{{- end }}
{{- end }}

{{/* Whether a password or a certificate may be made that is not there: empty where nobody knows whether it is. */}}
{{- define "shared-postgresql.mayMake" -}}
{{- if .Values.auth.generatedWithoutCluster }}{{ true }}{{ else }}{{ include "shared-postgresql.sees" . }}{{ end }}
{{- end }}

{{/* For a Secret that the next rendering would make otherwise: nobody can change it, so that whoever applies that locks nobody out. */}}
{{- define "shared-postgresql.unchangeable" }}
{{- if and .Values.auth.generatedWithoutCluster (not (include "shared-postgresql.sees" .)) }}
immutable: true
{{- end }}
{{- end }}

{{/*
What a template gives, which is asked once in a rendering: what it looks up or makes. All charts of a release share one .Release, in which a
deployment's own are kept apart. Takes (list root kind name template argument).
*/}}
{{- define "shared-postgresql.remembered" -}}
{{- $root := index . 0 }}
{{- $kind := index . 1 }}
{{- if not (hasKey $root.Release $kind) }}
{{- $_ := set $root.Release $kind dict }}
{{- end }}
{{- $all := get $root.Release $kind }}
{{- $id := printf "%s/%s" (include "shared-postgresql.namespace" $root) (index . 2) }}
{{- if not (hasKey $all $id) }}
{{- $_ := set $all $id (include (index . 3) (index . 4)) }}
{{- end }}
{{- get $all $id }}
{{- end }}
