# The admin's sessions: who logs in, and with which settings. Sourced by provision.sh and verify.sh after login.sh.

# Debian's psql is a wrapper in Perl that costs more than the login; the real one comes first.
for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
export PGUSER=postgres PGDATABASE=postgres PGPASSFILE="$WORK/admin.pgpass" PGAPPNAME=shared-postgresql-provisioning PGCLIENTENCODING=UTF8
# Read by psql without a process of its own: once, and once for every service.
DATABASE_PLAN=$(<"$PROVISIONING/scripts/plan-database.sql")
export DATABASE_PLAN
# Whatever a database or a role has set does not reach the admin's sessions, and no verifier reaches a log. Compiling the
# plan's query would take longer than running it.
export PGOPTIONS="-c search_path=pg_catalog,pg_temp -c log_statement=none -c log_min_error_statement=panic \
-c log_min_duration_statement=-1 -c log_duration=off -c pg_stat_statements.track=none -c client_min_messages=warning \
-c statement_timeout=0 -c lock_timeout=${LOCK_SECONDS:-60}s -c idle_session_timeout=0 \
-c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off -c jit=off"

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
    1) echo "server: $PGHOST:$PGPORT is still starting after ${WAIT_SECONDS:-300} s; the log of the server's pod says what it is doing" ;;
    *) echo "server: $PGHOST:$PGPORT did not accept connections within ${WAIT_SECONDS:-300} s; look at the log of the server's pod" ;;
  esac >&2
  exit 1
}

# What went wrong with the server, in one sentence, from what psql said of it.
explain() {
  case $1 in
    *'No space left on device'*) echo 'server: its disk is full; enlarge the volume (persistence.size) or free space, then run this again' ;;
    *'too many clients already'* | *'remaining connection slots are reserved'*)
      echo 'server: it has no connection left, not even one of the 10 that are reserved for the admin; run this again when some are free' ;;
    *'is a standby and read-only'* | *'in a read-only transaction'*) echo 'server: it is read-only; the connection must lead to the primary' ;;
    *'starting up'* | *'shutting down'* | *'in recovery mode'* | *'not accepting connections'*)
      echo 'server: it is starting or stopping; run this again when it is up' ;;
    *'connection to server was lost'* | *'server closed the connection unexpectedly'* | *'terminating connection'*)
      echo 'server: the connection was lost; whatever was begun is finished by the next run' ;;
    *'password authentication failed for user "postgres"'*)
      echo "server: it has another password for the admin than the admin's Secret" ;;
    *) return 1 ;;
  esac
}
