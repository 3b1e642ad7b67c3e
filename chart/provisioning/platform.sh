#!/usr/bin/env bash
# Sets the password of a login of the deployment itself, started by workers.sh with its name; what to do stands in $WORK/todo, as for a service.
# Every line that it prints begins with the name. Exits with 0 when it was done.
set -euo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
IFS=$'\t' read -r name database user _ <"$WORK/todo/$1"

set_password() {
  read_password "$PROVISIONING/passwords/$name/password" || { echo "its Secret has no usable key 'password' (one line, not empty)"; return 1; }
  echo "set the password of $user"
  # Only a SCRAM verifier is sent.
  psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --dbname="$database" --command="\\password \"$user\"" <<<"$REPLY"$'\n'"$REPLY"
  : >"$WORK/set/$name"
}

set_password 2>&1 | LC_ALL=C awk -v name="$name" -v most=300 -f "$PROVISIONING/scripts/say.awk"
