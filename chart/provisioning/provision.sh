#!/usr/bin/env bash
# Brings the live server in line with the values. Run it as often as you like: it computes what is still needed from the
# live catalogs, does that and nothing else, and exits with 0 only when the plan is empty afterwards.
#
# It reads, below $PROVISIONING: scripts/ (this folder), desired/desired.json, schema/<service>/<file>.sql,
# passwords/<service>/password and admin/password. $WORK is a folder of its own, in memory. The libpq variables
# PGHOST and PGPORT name the server. $WAIT_SECONDS, $LOCK_SECONDS and $SCHEMA_FILE_SECONDS are its deadlines; $COMPARE is
# changed, or all to look into databases whose digest is unchanged as well.
set -euo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"

# Debian's psql is a wrapper in Perl that costs more than the login; the real one comes first.
for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
export PGUSER=postgres PGDATABASE=postgres PGPASSFILE="$WORK/admin.pgpass" PGAPPNAME=shared-postgresql-provisioning PGCLIENTENCODING=UTF8
# Both are read by psql without a process of its own: once here, and once for every service.
DATABASE_PLAN=$(<"$PROVISIONING/scripts/plan-database.sql")
export DATABASE_PLAN COMPARE=${COMPARE:-changed}
# Whatever a database or a role has set does not reach the admin's sessions, and no verifier reaches a log. Compiling the
# plan's query would take longer than running it.
export PGOPTIONS="-c search_path=pg_catalog,pg_temp -c log_statement=none -c log_min_error_statement=panic \
-c log_min_duration_statement=-1 -c log_duration=off -c pg_stat_statements.track=none -c client_min_messages=warning \
-c statement_timeout=0 -c lock_timeout=${LOCK_SECONDS:-60}s -c idle_session_timeout=0 \
-c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off -c jit=off"

wait_for_server() {
  while ((SECONDS < ${WAIT_SECONDS:-300})); do
    if pg_isready --quiet --timeout=5; then return; fi
    sleep 1
  done
  echo "server: $PGHOST:$PGPORT did not accept connections within ${WAIT_SECONDS:-300} s; look at the log of the server's pod" >&2
  exit 1
}

# One hash for each password, keyed with the admin's. It tells that a password changed, and nothing else.
write_fingerprints() {
  local file service admin=$REPLY
  mkdir "$WORK/fingerprint"
  : >"$WORK/fingerprints"
  for file in "$PROVISIONING"/passwords/*/password; do
    service=${file%/password} && service=${service##*/}
    if read_password "$file"; then printf '%s\n%s\n%s' "$admin" "$service" "$REPLY" >"$WORK/fingerprint/$service"; fi
  done
  (cd "$WORK/fingerprint" && find . -type f -printf '%f\0' | xargs -0 -r sha256sum --) >"$WORK/fingerprints"
  rm -rf "$WORK/fingerprint"
}

write_checksums() {
  (cd "$PROVISIONING/schema" 2>/dev/null && find -L . -name '*.sql' -not -path '*/..*' -printf '%P\0' | xargs -0 -r sha256sum --) >"$WORK/checksums" || true
}

report() {
  local failed
  failed=$(tr '\n' ' ' <"$WORK/failed")
  [[ -z ${failed// /} ]] && return
  echo "not well: ${failed% }; the lines above that begin with the name say why" >&2
  exit 1
}

main() {
  mkdir -p "$WORK/well"
  if ! read_password "$PROVISIONING/admin/password"; then
    echo "server: the admin's Secret has no usable key 'password' (one line, not empty)" >&2
    exit 1
  fi
  write_passfile postgres "$REPLY" "$PGPASSFILE"
  write_fingerprints
  write_checksums
  wait_for_server
  psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --file="$PROVISIONING/scripts/provision.psql" </dev/null || exit 1
  report
}

main
