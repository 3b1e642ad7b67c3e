# The admin's sessions: with which settings they log in, and what keeps them waiting. Sourced by provision.sh and verify.sh after login.sh.

. "$PROVISIONING/scripts/server.sh"
# Of a server that somebody else runs, the admin need be no superuser: then ADMIN_KIND is plain, and these scripts are read as plain.sed has them.
if [[ ${ADMIN_KIND:-} == plain && ! -e $WORK/plain ]]; then
  mkdir -p "$WORK/plain/scripts"
  for folder in "$PROVISIONING"/*; do [[ ${folder##*/} == scripts ]] || ln -s "$folder" "$WORK/plain/"; done
  for script in "$PROVISIONING"/scripts/*; do sed --file="$PROVISIONING/scripts/plain.sed" "$script" >"$WORK/plain/scripts/${script##*/}"; done
  PROVISIONING=$WORK/plain
fi
export PGUSER=${ADMIN_USER:-postgres} PGDATABASE=${ADMIN_DATABASE:-postgres} PGPASSFILE="$WORK/admin.pgpass" PGAPPNAME=shared-postgresql-provisioning
# Read by psql without a process of its own: once, and once for every service.
DATABASE_PLAN=$(<"$PROVISIONING/scripts/plan-database.sql")
export DATABASE_PLAN
# Whatever a database or a role has set does not reach the admin's sessions, and no verifier reaches a log where that is the admin's to say. The server notices when the pod was killed, so that
# nothing runs on that holds a lock. Compiling the
# plan's query would take longer than running it; and it joins lists of a length that the planner cannot know with catalogs whose
# statistics may be old, where a nested loop can take minutes and a hash join never does.
UNLOGGED=
[[ ${ADMIN_KIND:-} == plain ]] || UNLOGGED='-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1 -c log_duration=off -c pg_stat_statements.track=none'
export PGOPTIONS="$UNLOGGED -c search_path=pg_catalog,pg_temp -c client_min_messages=warning \
-c statement_timeout=0 -c lock_timeout=${LOCK_SECONDS:-60}s -c idle_session_timeout=0 \
-c idle_in_transaction_session_timeout=0 -c client_connection_check_interval=2s -c default_transaction_read_only=off \
-c jit=off -c enable_nestloop=off -c work_mem=32MB"

# Reads the admin's password into REPLY, and hands it to libpq.
log_in_as_admin() {
  if ! read_password "$PROVISIONING/admin/password"; then
    echo "server: the admin's Secret has no usable key 'password' (one line, not empty). $WITHOUT_PASSWORDS" >&2
    exit 1
  fi
  write_passfile "$PGUSER" "$REPLY" "$PGPASSFILE"
}

# After a rotation the server still has the password before: comes in by that one, and sets the one that the Secret has now. Whatever else is in the way is
# told by whoever logs in next.
renew_admin() {
  local former
  read_password "$PROVISIONING/admin/former-password" && former=$REPLY || return 0
  [[ $(psql --no-psqlrc --no-password --command='' 2>&1) == *'password authentication failed'* ]] || return 0
  write_passfile "$PGUSER" "$former" "$WORK/former.pgpass"
  read_password "$PROVISIONING/admin/password"
  # Only a SCRAM verifier is sent.
  if PGPASSFILE=$WORK/former.pgpass psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --command="\\password \"$PGUSER\"" <<<"$REPLY"$'\n'"$REPLY" >/dev/null 2>&1; then
    echo "server: set the password of $PGUSER"
  fi
  rm "$WORK/former.pgpass"
}

# Ends sessions of services that keep this run, or everybody, waiting; tells of each. Runs until its pid, in REPLY, is killed. After each look psql does what $1 prints.
start_watch() {
  local further=${1:-:} look=0 queuers hoarders blockers sightings
  queuers=$(<"$PROVISIONING/scripts/queuers.sql")
  hoarders=$(<"$PROVISIONING/scripts/hoarders.sql")
  blockers=$(<"$PROVISIONING/scripts/blockers.sql")
  sightings=$(<"$PROVISIONING/scripts/sightings.sql")
  while printf '\\set within 0\n\\set anew %s\n\\i %s\n' "$((look++ % 15 == 0))" "$PROVISIONING/scripts/watch.psql" && "$further"; do sleep 2; done 2>/dev/null |
    QUEUERS=$queuers HOARDERS=$hoarders BLOCKERS=$blockers SIGHTINGS=$sightings \
      PGOPTIONS="$PGOPTIONS -c shared_postgresql.patience=${PATIENCE_SECONDS:-5} -c shared_postgresql.quiet=${QUIET_SECONDS:-300}" psql --no-psqlrc --no-password --file=- 2>/dev/null &
  REPLY=$!
}
