#!/usr/bin/env bash
# Compares the inside of one service's database, started by provision.psql with a line of its step INSIDE. Every line that it
# prints begins with the service's name. Leaves a file in $WORK/well when all of it was done.
set -euo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
shopt -s extglob

# The server's log of changes has one order: when provision.psql has waited for the disk once, all of this is there as well.
export PGOPTIONS="$PGOPTIONS -c synchronous_commit=off"

IFS=$'\t' read -r name database user to_set missing entry <<<"$1"

# Reads the password of a credential, <service> or <service>.<role>, into REPLY; says so when it cannot be used.
password_of() {
  read_password "$PROVISIONING/passwords/$1/password" && return
  local whose='its Secret'
  [[ $1 == "$name" ]] || whose="the Secret of its role ${1#"$name".}"
  echo "$whose is missing or has no usable key 'password' (one line, not empty)"
  return 1
}

# The admin's part. The texts travel on standard input to \password, which sends only a SCRAM verifier.
as_admin() {
  local words=() commands=() passwords='' i
  [[ $to_set == - ]] || read -ra words <<<"$to_set"
  for ((i = 0; i < ${#words[@]}; i += 2)); do
    password_of "${words[i]}" || return
    passwords+=$REPLY$'\n'$REPLY$'\n'
    echo "set the password of ${words[i + 1]}"
    commands+=(--command="\\password \"${words[i + 1]//\"/\"\"}\"")
  done
  psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --dbname="$database" --set=entry="$entry" \
    "${commands[@]}" --file="$PROVISIONING/scripts/database.psql" <<<"$passwords"
}

# The service's part: its own login, because SQL that somebody else wrote never runs as the admin.
as_service() {
  password_of "$name" || return
  write_passfile "$user" "$REPLY" "$WORK/$name.pgpass"
  local script="\\i '$PROVISIONING/scripts/service.psql'" file
  for file in "$PROVISIONING/schema/$name"/*.sql; do
    if [[ -e $file ]]; then script+=$'\n'"\\set file '${file##*/}'"$'\n'"\\i '$PROVISIONING/scripts/apply.psql'"; fi
  done
  SERVICE=$name PGUSER=$user PGPASSFILE="$WORK/$name.pgpass" PGOPTIONS="-c statement_timeout=${SCHEMA_FILE_SECONDS:-600}s -c synchronous_commit=off" \
    psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --dbname="$database" --set=entry="$entry" --file=- <<<"$script"
}

# A role without a password cannot be used, whatever else is well.
check_roles() {
  local words=()
  [[ $missing == - ]] || read -ra words <<<"$missing"
  if ((${#words[@]})); then password_of "${words[0]}"; fi
}

# Puts the service's name before every line. The prompts of \password, where psql found an error in its script or whom it could not
# reach, the caret below a line, and the whole text of a schema file below its error say nothing that the rest does not.
tidy() {
  local line tidied='' inside=
  while IFS= read -r line; do
    case $line in
      'QUERY:  '*) inside=t ;;
      'CONTEXT:  '*) inside= ;;
      '' | *([[:space:]])^ | 'Enter new password for user '* | 'Enter it again: '*) ;;
      *)
        line=${line#psql:*: }
        [[ $inside ]] || tidied+="$name: ${line#connection to server at * failed: }"$'\n'
        ;;
    esac
  done <<<"$1"
  printf '%s' "$tidied"
}

main() {
  local started=$EPOCHREALTIME outcome=failed output
  if output=$({ as_admin && as_service && check_roles; } 2>&1); then
    outcome=well
    echo "$name" >"$WORK/well/$name"
  else
    echo "$output" >"$WORK/said/$name"
  fi
  tidy "$output"$'\n'"$outcome after $((10#${EPOCHREALTIME/./} / 1000 - 10#${started/./} / 1000)) ms"
}

main
