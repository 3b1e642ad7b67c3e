# The server as it was at a time: a base backup, and the log from there on. Sourced after session.sh, bring-back.sh, throw-away.sh and chain.sh; $HERE is a folder
# on a disk with room for the whole server, $WORK/past where it listens, and $SYSTEM the number of the server that runs now, if there is one.

# Recovers to time $1 (in UTC), or to the end of the log if none is given, from the newest base backup until then. One that is named by the same second may
# have ended later, with what was committed after that time.
start_past() {
  local base system data=$HERE/data
  find_backup +server "${1:+$(date --utc --date="$1 UTC 1 second ago" +%Y-%m-%dT%H-%M-%SZ)}" || return 1
  base=$REPLY backup=$REPLY
  check_files && read_server && lay_out_data && configure "${1:-}" && recover
}

# The number of the server whose it is, in $system: it goes into a command. Whoever writes to the volume can write anything.
read_server() {
  system=$(<"$base/server")
  [[ $system =~ ^[0-9]{1,20}$ ]] && return
  echo "ERROR:  the file server of base backup ${base##*/} has no number of a server in it"
  return 1
}

# What base backup $1 holds, in folder $2.
unpack() {
  mkdir -m 700 "$2" && tar --extract --gzip --file="$1/base/base.tar.gz" --directory="$2" && pg_verifybackup --quiet --no-parse-wal --manifest-path="$1/base/backup_manifest" "$2"
}

# What its sessions hold takes as much room as there: prepared transactions, and the locks of a dump.
list_limits() {
  LC_ALL=C pg_controldata "$data" |
    sed -n 's/^max_prepared_xacts setting: */max_prepared_transactions = /p; s/^max_connections setting: */max_connections = /p; s/^max_locks_per_xact setting: */max_locks_per_transaction = /p'
}

# Nothing that the server had in files of its own is read: it could name a place to write to. The admin comes in by being the user of this pod, everybody
# else by a password, for which a service's code in this server has none.
configure() {
  # By its environment: a folder may have any name, and this is for a shell.
  export LOG=$BACKUPS/+server/wal-$system
  mkdir -p "$WORK/past" && : >"$data/postgresql.auto.conf" && : >"$data/recovery.signal" && rm -f "$data/standby.signal" &&
    printf '%s\n' 'local all postgres peer map=pod' 'local all all scram-sha-256' >"$HERE/pg_hba.conf" && echo 'pod /^.*$ postgres' >"$HERE/pg_ident.conf" &&
    cat >"$HERE/postgresql.conf" <<EOF
hba_file = 'pg_hba.conf'
ident_file = 'pg_ident.conf'
listen_addresses = ''
unix_socket_directories = '${WORK//\'/\'\'}/past'
port = $PGPORT
restore_command = 'bash "\$BACKUP/scripts/fetch-log.sh" "\$LOG" "%f" "%p"'
${1:+recovery_target_time = '$1+00'}
recovery_target_action = promote
hot_standby = off
$(list_limits)
fsync = off
autovacuum = off
max_wal_senders = 0
shared_buffers = 64MB
EOF
}

recover() {
  # pg_ctl hands what it is given to a shell.
  (cd "$HERE" && LC_ALL=C pg_ctl --pgdata=data --log=log --wait --timeout="$SERVICE_SECONDS" start --options='-c config_file=postgresql.conf' >/dev/null) && await_end && return
  if grep --quiet 'recovery ended before configured recovery target was reached' "$HERE/log"; then
    end_early
    return
  fi
  grep --extended-regexp 'FATAL|ERROR|PANIC' "$HERE/log" | tail --lines=5
  echo 'ERROR:  the server of that time could not be recovered; the lines above say why'
  return 1
}

# It takes nobody in before, and is gone when it cannot.
await_end() {
  local until=$((SECONDS + SERVICE_SECONDS))
  while ((SECONDS < until)); do
    as_past_admin --command='SELECT' >/dev/null 2>&1 && return
    pg_ctl --pgdata="$data" status >/dev/null || return 1
    sleep 0.2
  done
  echo "ERROR:  the recovery did not end in $SERVICE_SECONDS s (backup.deadlines.service)"
  return 1
}

# What was committed until that time was not received. Of a server that is no more there is no better; of one that runs, somebody may choose another time.
end_early() {
  local last
  last=$(sed -n 's/.*last completed transaction was at log time //p' "$HERE/log" | tail --lines=1)
  last="the log that was received ends with what was committed at ${last:-no time at all}, before the time that was asked for"
  if [[ $system == "${SYSTEM:-}" ]]; then
    echo "ERROR:  $last; take a time until then, or one after the next base backup"
    return 1
  fi
  echo "WARNING: $last"
  sed --in-place '/^recovery_target_time/d' "$HERE/postgresql.conf" && : >"$HERE/log" && recover
}

as_past_admin() {
  PGREQUIREAUTH='' PGHOST=$WORK/past PGUSER=postgres PGDATABASE=postgres PGOPTIONS='-c client_min_messages=warning -c search_path=pg_catalog,pg_temp' psql "${ROWS_ONLY[@]}" "$@"
}
