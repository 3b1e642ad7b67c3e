#!/usr/bin/env bash
# Brings the live server in line with the values. Run it as often as you like: it computes what is still needed from the
# live catalogs, does that and nothing else, and exits with 0 only when the plan is empty afterwards.
#
# It reads, below $PROVISIONING: scripts/ (this folder), desired/desired.json, schema/<service>/<file>.sql,
# passwords/<service>/password, passwords/<service>.<role>/password and admin/password. $WORK is a folder of its own, in
# memory. The libpq variables PGHOST and PGPORT name the server. $WAIT_SECONDS, $LOCK_SECONDS and $SCHEMA_FILE_SECONDS are its
# deadlines; $COMPARE is changed, or all to look into databases whose digest is unchanged as well. $ONLY may name services: nothing else is touched then.
set -euo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/admin.sh"
. "$PROVISIONING/scripts/certificate.sh"
export COMPARE=${COMPARE:-changed} SCHEMA_FILE_SECONDS=${SCHEMA_FILE_SECONDS:-600}

# One hash for each password, keyed with the admin's. It tells that a password changed, and nothing else.
write_fingerprints() {
  local file credential admin=$REPLY
  mkdir "$WORK/fingerprint"
  for file in "$PROVISIONING"/passwords/*/password; do
    credential=${file%/password} && credential=${credential##*/}
    if read_password "$file"; then printf '%s\n%s\n%s' "$admin" "$credential" "$REPLY" >"$WORK/fingerprint/$credential"; fi
  done
  (cd "$WORK/fingerprint" && find . -type f -printf '%f\0' | xargs -0 -r sha256sum --) >"$WORK/fingerprints"
  rm -rf "$WORK/fingerprint"
}

# That nobody made any is said at once, and not by one service after the other when the server is there.
tell_of_no_passwords() {
  [[ $(<"$PROVISIONING/desired/desired.json") != *'"user":'* ]] || compgen -G "$PROVISIONING/passwords/*/password" >/dev/null ||
    echo "server: no login has a Secret with the key 'password'. $WITHOUT_PASSWORDS" >&2
}

write_checksums() {
  (cd "$PROVISIONING/schema" 2>/dev/null && find -L . -name '*.sql' -not -path '*/..*' -printf '%P\0' | xargs -0 -r sha256sum --) >"$WORK/checksums" || true
}

# What psql complains of is shown without the place in the script, and kept to be explained.
provision() {
  {
    psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --file="$PROVISIONING/scripts/provision.psql" </dev/null 2>&1 >&3 |
      LC_ALL=C sed --unbuffered --regexp-extended 's/^psql:[^ ]+: WARNING:  //; s/^psql:[^ ]+: (ERROR|FATAL|PANIC):  /server: \1:  /; s/[\x01-\x08\x0b-\x1f\x7f]/?/g' |
      tee "$WORK/errors" >&2
  } 3>&1
}

report() {
  local status=$1 unfinished=
  [[ -e $WORK/unfinished ]] && unfinished=$(tr '\n' ' ' <"$WORK/unfinished")
  if ((status == 0)) && [[ -z ${unfinished// /} ]]; then return; fi
  explain "$(cat "$WORK/errors" "$WORK"/said/* 2>/dev/null)" >&2
  [[ -z ${unfinished// /} ]] || echo "not well: ${unfinished% }; the lines above that begin with the name say why" >&2
  exit 1
}

main() {
  local status=0 is_served=yes
  mkdir -p "$WORK/todo" "$WORK/set" "$WORK/well" "$WORK/said" "$WORK/output" "$WORK/attempt"
  log_in_as_admin
  tell_of_no_passwords
  write_fingerprints
  write_checksums
  wait_for_server
  renew_admin
  start_watch
  beside+=("$REPLY")
  provision || status=$?
  # A restore has other business, and on a laptop nothing tells what the server should serve.
  [[ -n ${ONLY:-} ]] || check_certificate || is_served=
  report "$status"
  [[ -n $is_served ]]
}

main
