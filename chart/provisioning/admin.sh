# The admin's sessions: who logs in, and with which settings. Sourced by provision.sh and verify.sh after login.sh.

# Debian's psql is a wrapper in Perl that costs more than the login; the real one comes first.
for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
export PGUSER=postgres PGDATABASE=postgres PGPASSFILE="$WORK/admin.pgpass" PGAPPNAME=shared-postgresql-provisioning PGCLIENTENCODING=UTF8
# No login waits for ever, and no password goes to a server that asks for it in clear text (libpq of 16 and later; see stand_between).
export PGCONNECT_TIMEOUT=${CONNECT_SECONDS:-30} PGREQUIREAUTH=scram-sha-256
SERVER=$PGHOST
# What runs beside the script, and ends with it.
beside=()
trap 'kill "${beside[@]}" 2>/dev/null || true' EXIT
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
    # It would log in as far as it is let, and needs no password to learn what it wants.
    if PGPASSFILE=$WORK/none pg_isready --quiet --timeout=5 --host="$SERVER"; then
      stand_between
      return
    else
      status=$?
    fi
    sleep 1
  done
  case $status in
    1) echo "server: $SERVER:$PGPORT was still starting after ${WAIT_SECONDS:-300} s; look at the log of the server's pod" ;;
    *) echo "server: $SERVER:$PGPORT did not accept connections within ${WAIT_SECONDS:-300} s; look at the log of the server's pod" ;;
  esac >&2
  exit 1
}

# A psql that would answer any request for a password meets the server by a socket of ours, behind which relay.pl lets only SCRAM pass.
stand_between() {
  local version tries
  [[ $PGHOST == "$SERVER" ]] || return 0
  # Where Debian has it tells as much as psql itself, which would have to be started for it.
  hash psql
  version=${BASH_CMDS[psql]#/usr/lib/postgresql/}
  [[ $version == [0-9]* ]] || { version=$(psql --version) && version=${version##*) }; }
  version=${version%%/*}
  ((${version%%[!0-9]*} < 16)) || return 0
  perl "$PROVISIONING/scripts/relay.pl" "$WORK/.s.PGSQL.$PGPORT" "$SERVER" "$PGPORT" </dev/null >/dev/null &
  beside+=("$!")
  for ((tries = 0; tries < 500; tries++)); do
    if [[ -S $WORK/.s.PGSQL.$PGPORT ]]; then
      export PGHOST=$WORK
      return
    fi
    sleep 0.02
  done
  echo "server: psql of PostgreSQL $version cannot insist on SCRAM, and perl, which does it in its place, did not start; take the image postgres:<version>-bookworm, or psql 16 or later" >&2
  exit 1
}

# Ends sessions of services that keep this run, or everybody, waiting; tells of each. Runs until its pid, in REPLY, is killed.
start_watch() {
  local look=0 hoarders blockers
  hoarders=$(<"$PROVISIONING/scripts/hoarders.sql")
  blockers=$(<"$PROVISIONING/scripts/blockers.sql")
  while printf '\\set anew %s\n\\i %s\n' "$((look++ % 15 == 0))" "$PROVISIONING/scripts/watch.psql"; do sleep 2; done 2>/dev/null |
    HOARDERS=$hoarders BLOCKERS=$blockers PGOPTIONS="$PGOPTIONS -c shared_postgresql.patience=${PATIENCE_SECONDS:-5}" psql --no-psqlrc --no-password --file=- 2>/dev/null &
  REPLY=$!
}

# What is wrong with the server, in one sentence, if what was said of it ($1) tells. Names, between quotes, tell nothing.
explain() {
  local words sentence
  set -- "$(sed 's/"[^"]*"//g' <<<"$1")"
  while IFS=$'\t' read -r words sentence; do
    if [[ $1 == *"$words"* ]]; then
      echo "$sentence"
      return
    fi
  done <"$PROVISIONING/scripts/sentences.tsv"
}
