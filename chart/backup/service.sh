#!/usr/bin/env bash
# Backs one service up, started by backup.sh with its name, database, login and connection limit. A dump runs what the database's owner
# planted (row policies, functions in expressions), so it is the service's own login that dumps. Whatever is under $BACKUPS/<service>/<time>/
# was read back; what is not finished has another name, and is removed by the next run.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/staged.sh"
name=$1 database=$2 user=$3
# The snapshot and the dump are sessions of the service; it needs the others itself.
jobs=$(($4 < 8 ? 1 : 2))
folder=$BACKUPS/$name
# What a session hears that a restore ended, or that came while the database was given another name.
ENDED='FATAL: +terminating connection due to administrator command|DETAIL: +It seems to have just been dropped or renamed\.'

# One that has ended already is heard of when it is waited for.
tell() (
  trap '' PIPE
  printf '%s\n' "$@" >&"$to_session" 2>/dev/null
)

# One session holds the snapshot by which dump and contents are read, and the tables as they are: TRUNCATE heeds no snapshot. They tell of one moment.
open_snapshot() {
  coproc SNAPSHOT { exec psql "${ROWS_ONLY[@]}" --file=- 2>"$WORK/$name.said"; }
  session=$SNAPSHOT_PID
  { exec {to_session}>&"${SNAPSHOT[1]:-}"; } 2>/dev/null || return
  tell "\\i '$BACKUP/scripts/unhurried.psql'" "\\i '$BACKUP/scripts/hold-tables.psql'" "\\i '$BACKUP/scripts/whole.psql'" 'RESET client_encoding; SELECT pg_export_snapshot(), current_setting($$server_version_num$$);'
  { IFS='|' read -r snapshot version <&"${SNAPSHOT[0]:-}"; } 2>/dev/null
}

# Whoever drops or makes a table at that moment goes first, as does whoever ends all sessions, as a restore.
hold_still() {
  local tries
  for ((tries = 0; tries < 5; tries++)); do
    open_snapshot && return
    wait "$session"
    grep --quiet --extended-regexp "(ERROR: +((relation|schema) .* does not exist|a table was made meanwhile)|$ENDED)$" "$WORK/$name.said" || break
  done
  cat "$WORK/$name.said"
  return 1
}

# What is dumped is counted meanwhile, by that session. In the encoding that the database has: what is of none is not held against any. Waits for a lock as
# long as $1 says. Names are quoted: what one major takes for a name is a word of the next. Packing takes half of what it would by pg_dump's own choice, for some hundredths more of room.
dump() (
  local statistics=()
  # Older servers have no way to take them.
  ((version < 180000)) || statistics=(--statistics)
  tell "\\o '$unfinished/contents'" 'SET quote_all_identifiers = on;' "\\i '$BACKUP/scripts/contents.psql'" 'RESET quote_all_identifiers;'
  unset PGCLIENTENCODING
  LC_ALL=C pg_dump --no-password --quote-all-identifiers --snapshot="$snapshot" --format=directory --compress=3 --jobs="$jobs" --lock-wait-timeout="$1" "${statistics[@]}" \
    --exclude-schema=shared_postgresql --file="$unfinished/dump" 2>"$WORK/$name.dump"
)

# Whoever would empty or change a table waits for the session with the snapshot, and what of pg_dump has not locked it yet would wait behind: then both are
# ended, so that nobody waits, and it is done anew, by one process that locks all at its beginning.
dump_in_turn() {
  local status=0
  if hold_still; then dump 10s || status=$?; else return 1; fi
  if ((status > 0)) && grep --quiet --extended-regexp "LOCK TABLE|requested an ACCESS EXCLUSIVE lock|$ENDED" "$WORK/$name.dump"; then
    kill "$session" && wait "$session" 2>/dev/null
    rm -rf "$unfinished/dump"
    jobs=1 status=0
    if hold_still; then dump 60s || status=$?; else return 1; fi
  fi
  [[ ! -s $WORK/$name.dump ]] || cat "$WORK/$name.dump"
  return "$status"
}

# The session ends with it.
read_contents() {
  read -r bytes _ < <(du --summarize --bytes "$unfinished/dump")
  tell "\\set service '$name'" "\\set bytes $bytes" "\\set tool '${TOOL:-$(pg_dump --version)}'" \
    "\\o '$unfinished/backup.json'" "\\i '$BACKUP/scripts/manifest.psql'" '\q'
  wait "$session" || { cat "$WORK/$name.said"; return 1; }
}

# What cannot be read now will not be read when it is needed.
read_back() {
  local reading status=0
  pg_restore --file=/dev/null "$unfinished/dump" &
  reading=$!
  write_checksums dump contents backup.json || status=1
  wait "$reading" && ((status == 0))
}

# One connection is the snapshot's, and one the dump's.
has_room() {
  (($1 > 1)) && return
  echo 'ERROR:  its connectionLimit is 1, and a backup takes two connections; give it 2'
  return 1
}

# Whoever is told only what pg_dump says looks for the fault in the database.
explain() {
  (($(df --output=avail --block-size=1K "$BACKUPS" | tail --lines=1) < 1024)) || return 0
  echo 'ERROR:  the volume of the backups is full; enlarge it, or keep fewer (backup.persistence.size, backup.keep)'
}

# Of so many bytes, without a process of its own: there are as many as services.
show_size() {
  local size=$1 unit
  for unit in K M G T; do
    size=$(((size + 1023) / 1024))
    ((size < 1024)) && break
  done
  echo "$size$unit"
}

back_up() {
  local time unfinished snapshot version session to_session bytes
  if has_room "$1" && take_the_folder && log_in "$PROVISIONING/passwords/$name" "$database" "$user" && dump_in_turn && read_contents && read_back && publish; then
    remove_old
    echo "backup $time, $(show_size "$bytes"), after $SECONDS s"
  else
    explain
    echo 'no backup was made'
    return 1
  fi
}

back_up "$4" 2>&1 | tidy "$name"
