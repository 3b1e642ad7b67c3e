#!/usr/bin/env bash
# The last backup of services that values.yaml has no more: those that $SERVICES names, or all that are retained. Their logins are locked, so each gets a
# password that nobody learns, dumps by it, and is locked again; then its backup is rehearsed. Only what was rehearsed is written down, by the verifier
# of that password, and holds until somebody gives the login another. Exits with 0 when all were.
#
# $NIGHT_SECONDS is how long all of it may take. It reads what backup.sh and rehearse.sh read, but for passwords, and the admin's: these dumps need logins, which only the admin lets in.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/admin.sh"
. "$BACKUP/scripts/session.sh"
export HERE=$SCRATCH/final

as_admin() {
  psql "${ROWS_ONLY[@]}" "$@"
}

# Which services there are, in $HERE/services.tsv, and what provisioning on a throw-away server reads of them.
read_retained() {
  as_admin --field-separator=$'\x1f' --set=wanted="${SERVICES:-}" --file=- >"$HERE/read" <<<"\\set desired \`cat '$PROVISIONING/desired/desired.json'\`
    \\ir '$BACKUP/scripts/retained.sql'" || return 1
  sed --quiet $'s/^1\x1f//p' "$HERE/read" >"$HERE/backup/scripts/services.tsv"
  sed --quiet $'s/^2\x1f//p' "$HERE/read" >"$HERE/provisioning/desired/desired.json"
}

# Names that are asked for and not retained, or that there is nothing to do.
name_others() {
  local name others=
  local when='a service has its last backup once values.yaml has it no more, or with enabled: false, and provisioning has locked its logins'
  if [[ -z ${SERVICES:-} && ! -s $HERE/backup/scripts/services.tsv ]]; then
    echo "no service is retained; $when" >&2
    return 1
  fi
  for name in ${SERVICES:-}; do cut --fields=1 "$HERE/backup/scripts/services.tsv" | grep --quiet --line-regexp --fixed-strings --regexp="$name" || others+=" $name"; done
  [[ -n $others ]] || return 0
  echo "not retained:$others; $when" >&2
  return 1
}

# The folders that the scripts of every night read, with other services in them.
lay_out() {
  rm -rf "$HERE" && mkdir -p "$HERE/provisioning/desired" "$HERE/backup/scripts" &&
    ln -s "$PROVISIONING/scripts" "$HERE/provisioning/scripts" && ln -s "$BACKUP"/scripts/* "$HERE/backup/scripts" && rm "$HERE/backup/scripts/services.tsv"
}

# Lets the login $3 of service $1 in, by a password that is in no Secret. Nobody who was in its database before writes on.
let_in() {
  local password=$HERE/provisioning/passwords/$1
  mkdir -p "$password" && head -c 24 /dev/urandom | base64 >"$password/password" && read_password "$password/password" || return 1
  printf '%s\n%s\n' "$REPLY" "$REPLY" | as_admin --set=database="$2" --set=user="$3" --command="\\password \"${3//\"/\"\"}\"" --file="$BACKUP/scripts/let-in.psql" >/dev/null
}

lock_out() {
  as_admin --set=user="$3" --file="$BACKUP/scripts/lock-out.psql"
}

# Runs $1 for each service.
each() {
  local name database user status=0
  while IFS=$'\t' read -r name database user _; do
    "$1" "$name" "$database" "$user" 2>&1 </dev/null | tidy "$name" || status=1
  done <"$HERE/backup/scripts/services.tsv"
  return "$status"
}

# What was rehearsed, of this run and no earlier one.
seal() {
  local newest
  newest=$(find "$BACKUPS/$1" -maxdepth 1 -name '[0-9]*Z' -printf '%f\n' 2>/dev/null | LC_ALL=C sort | tail --lines=1)
  [[ -n $newest && ! $newest < $began && -f $BACKUPS/$1/$newest/rehearsed ]] || return 1
  as_admin --set=database="$2" --set=user="$3" --file="$BACKUP/scripts/seal.psql"
}

main() {
  local began unfinished='' name started=$EPOCHSECONDS
  lay_out && log_in_as_admin && wait_for_server && read_retained && name_others || exit 1
  began=$(date --utc +%Y-%m-%dT%H-%M-%SZ)
  each let_in || unfinished=yes
  UNTIL=$((started + NIGHT_SECONDS / 2)) PROVISIONING=$HERE/provisioning BACKUP=$HERE/backup bash "$BACKUP/scripts/backup.sh" || unfinished=yes
  each lock_out || unfinished=yes
  UNTIL=$((started + NIGHT_SECONDS * 14 / 16)) PROVISIONING=$HERE/provisioning BACKUP=$HERE/backup bash "$BACKUP/scripts/rehearse.sh" || unfinished=yes
  each seal || unfinished=yes
  [[ -z $unfinished ]] || exit 1
}

main
