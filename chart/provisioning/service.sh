#!/usr/bin/env bash
# Compares the inside of one service's database, started by provision.psql with a line of its step 90. Every line that it
# prints begins with the service's name. Leaves a file in $WORK/well when all of it was done.
set -euo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"

# The server's log of changes has one order: when provision.psql has waited for the disk once, all of this is there as well.
export PGOPTIONS="$PGOPTIONS -c synchronous_commit=off"

IFS=$'\t' read -r name database user set_password digest fingerprint entry statements <<<"$1"

# The admin's part. The text travels on standard input to \password, which sends only its SCRAM verifier.
as_admin() {
  local first=() start=$database
  if [[ $set_password == t ]]; then
    echo "set the password of $user"
    first+=(--command="\\password \"${user//\"/\"\"}\"")
  fi
  if [[ $statements != '[]' ]]; then
    start=$PGDATABASE
    first+=(--file="$PROVISIONING/scripts/create.psql")
  fi
  { read_password "$PROVISIONING/passwords/$name/password" && printf '%s\n%s\n' "$REPLY" "$REPLY" || true; } |
    psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --dbname="$start" --set=database="$database" --set=entry="$entry" \
      --set=statements="$statements" "${first[@]}" --file="$PROVISIONING/scripts/database.psql"
}

# The service's part: its own login, because SQL that somebody else wrote never runs as the admin.
as_service() {
  if ! read_password "$PROVISIONING/passwords/$name/password"; then
    echo "its Secret is missing or has no usable key 'password' (one line, not empty)"
    return 1
  fi
  write_passfile "$user" "$REPLY" "$WORK/$name.pgpass"
  service_script |
    SERVICE=$name PGUSER=$user PGPASSFILE="$WORK/$name.pgpass" PGOPTIONS="-c statement_timeout=${SCHEMA_FILE_SECONDS:-600}s -c synchronous_commit=off" \
      psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --dbname="$database" --set=entry="$entry" --file=-
}

service_script() {
  local file
  echo "\\i '$PROVISIONING/scripts/service.psql'"
  for file in "$PROVISIONING/schema/$name"/*.sql; do
    [[ -e $file ]] && printf "\\\\set file '%s'\n\\\\i '%s/scripts/apply.psql'\n" "${file##*/}" "$PROVISIONING"
  done
  return 0
}

# The prompts of \password and the whole text of a schema file below its error say nothing that the rest does not.
tidy() {
  sed -e '/^Enter new password for user /d' -e '/^Enter it again: /d' -e '/^QUERY:  /,/^CONTEXT:  /d' \
    -e 's/^psql:[^ ]*: //' -e '/^ *$/d' -e "s/^/$name: /"
}

main() {
  local started=$EPOCHREALTIME outcome=failed output
  if output=$({ as_admin && as_service; } 2>&1); then
    outcome=well
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$database" "$user" "$digest" "$fingerprint" >"$WORK/well/$name"
  fi
  printf '%s\n%s after %d ms\n' "$output" "$outcome" $((10#${EPOCHREALTIME/./} / 1000 - 10#${started/./} / 1000)) | tidy
}

main
