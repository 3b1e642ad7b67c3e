# The admin's sessions: who logs in, and with which settings. Sourced by provision.sh and verify.sh after login.sh.

# Debian's psql is a wrapper in Perl that costs more than the login; the real one comes first.
for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
export PGUSER=postgres PGDATABASE=postgres PGPASSFILE="$WORK/admin.pgpass" PGAPPNAME=shared-postgresql-provisioning PGCLIENTENCODING=UTF8
# Read by psql without a process of its own: once, and once for every service.
DATABASE_PLAN=$(<"$PROVISIONING/scripts/plan-database.sql")
export DATABASE_PLAN
# Whatever a database or a role has set does not reach the admin's sessions, and no verifier reaches a log. Compiling the
# plan's query would take longer than running it; and it joins lists of a length that the planner cannot know with catalogs whose
# statistics may be old, where a nested loop can take minutes and a hash join never does.
export PGOPTIONS="-c search_path=pg_catalog,pg_temp -c log_statement=none -c log_min_error_statement=panic \
-c log_min_duration_statement=-1 -c log_duration=off -c pg_stat_statements.track=none -c client_min_messages=warning \
-c statement_timeout=0 -c lock_timeout=${LOCK_SECONDS:-60}s -c idle_session_timeout=0 \
-c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off \
-c jit=off -c enable_nestloop=off -c work_mem=32MB"

# Reads the admin's password into REPLY, and hands it to libpq.
log_in_as_admin() {
  if ! read_password "$PROVISIONING/admin/password"; then
    echo "server: the admin's Secret has no usable key 'password' (one line, not empty)" >&2
    exit 1
  fi
  write_passfile postgres "$REPLY" "$PGPASSFILE"
}

wait_for_server() {
  local status=0
  while ((SECONDS < ${WAIT_SECONDS:-300})); do
    pg_isready --quiet --timeout=5 && return
    status=$?
    sleep 1
  done
  case $status in
    1) echo "server: $PGHOST:$PGPORT was still starting after ${WAIT_SECONDS:-300} s; look at the log of the server's pod" ;;
    *) echo "server: $PGHOST:$PGPORT did not accept connections within ${WAIT_SECONDS:-300} s; look at the log of the server's pod" ;;
  esac >&2
  exit 1
}

# What is wrong with the server, in one sentence, if what was said of it ($1) tells.
explain() {
  local words sentence
  while IFS=$'\t' read -r words sentence; do
    if [[ $1 == *"$words"* ]]; then
      echo "$sentence"
      return
    fi
  done <"$PROVISIONING/scripts/sentences.tsv"
}
