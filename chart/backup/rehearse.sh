#!/usr/bin/env bash
# Restores each service's newest backup on a throw-away server of this pod, which is provisioned as the real one is, and compares what it
# then holds with what was there when it was dumped. Exits with 0 when every restore gave the same.
#
# It reads what backup.sh reads, and $PROVISIONING/desired/desired.json; $SCRATCH is a folder of its own, on a disk. What came of a backup is
# written beside it, or where $MARKS says: rehearsed or failed, each with the sentence that is printed.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/bring-back.sh"
. "$BACKUP/scripts/throw-away.sh"
. "$BACKUP/scripts/in-turn.sh"
# A restore, and then what is counted and listed of it: each has $SERVICE_SECONDS.
WORKERS=1 MOST_SECONDS=$((3 * SERVICE_SECONDS)) RECORD=.rehearsal-took
HERE=$SCRATCH/rehearsal
trap stop_server EXIT

# It listens on a socket in a folder that is this pod's alone. Nothing of it outlasts the run, so it waits for no disk.
start_server() {
  export PGHOST=$HERE
  initdb --pgdata="$HERE/data" -U postgres --pwfile="$HERE/provisioning/admin/password" --auth=scram-sha-256 --encoding=UTF8 \
    --locale=C --no-sync >"$HERE/log" 2>&1 &&
    pg_ctl --pgdata="$HERE/data" --log="$HERE/log" --wait start --options="-c listen_addresses='' -c unix_socket_directories='$HERE' \
      -c port=$PGPORT -c fsync=off -c wal_level=minimal -c max_wal_senders=0 -c shared_buffers=64MB" >/dev/null && return
  tail --lines=5 "$HERE/log"
  echo 'server: the throw-away server for the rehearsal did not start; the lines above say why'
  return 1
}

# Ends a session that heeds no termination, for which every drop would wait.
restart_server() {
  pg_ctl --pgdata="$HERE/data" --mode=immediate --log="$HERE/log" --wait restart >/dev/null
}

# A service can fill the disk: the server does not outlive that, nor comes up again beside what is there.
begin_anew() {
  stop_server
  rm -rf "$HERE/data" && start_server
}

drop() {
  as_admin --set=database="$1" --file=- <<<'DROP DATABASE IF EXISTS :"database" WITH (FORCE);'
}

# What provisioning reads, but for schema files, which are in the dumps; its passwords are its own.
lay_out() {
  rm -rf "$HERE" && mkdir -p "$HERE/provisioning/desired" && ln -s "$PROVISIONING/scripts" "$HERE/provisioning/scripts" &&
    make_password "$HERE/provisioning/admin" && read_password "$HERE/provisioning/admin/password" && write_passfile postgres "$REPLY" "$HERE/admin.pgpass"
}

as_admin() {
  PGUSER=postgres PGDATABASE=postgres PGPASSFILE=$HERE/admin.pgpass PGOPTIONS='-c client_min_messages=warning' psql "${ROWS_ONLY[@]}" "$@"
}

list_services() {
  as_admin --file=- <<<"\\set desired \`cat '$PROVISIONING/desired/desired.json'\`
    \\ir '$BACKUP/scripts/one-by-one.sql'" >"$HERE/services"
}

# By this server's superuser, whoever the real one's admin is.
provision() {
  local credential
  as_dumped "$name" "$desired" "$HERE/provisioning/desired/desired.json" || return 1
  for credential in $credentials; do make_password "$HERE/provisioning/passwords/$credential" || return 1; done
  rm -rf "$HERE/work" && mkdir "$HERE/work" || return 1
  ADMIN_KIND= ADMIN_USER= ADMIN_DATABASE= PROVISIONING=$HERE/provisioning WORK=$HERE/work bash "$PROVISIONING/scripts/provision.sh" >"$HERE/said" 2>&1 || { tail --lines=20 "$HERE/said"; return 1; }
  # A session that has ended may be counted for a while.
  MANIFEST=$backup/backup.json as_admin --set=owner="$user" --set=restoring="$user" --command="ALTER ROLE \"${user//\"/\"\"}\" CONNECTION LIMIT -1" --file="$BACKUP/scripts/temp-files.psql"
}

rehearse() {
  local name=$1 database=$2 user=$3 credentials=$4 desired=$5 backup marks started=$SECONDS
  find_backup "$name" && backup=$REPLY marks=${MARKS:-$REPLY} || return 1
  rm -f "$marks/rehearsed" "$marks/failed"
  if provision && log_in "$HERE/provisioning/passwords/$name" "$database" "$user" && check_backup && restore && compare true; then
    echo "backup ${backup##*/} restored and compared, $(count_contents) tables and sequences, after $((SECONDS - started)) s" | tee "$marks/rehearsed"
  else
    echo "backup ${backup##*/} could not be restored as it was" | tee "$marks/failed"
    return 1
  fi
}

# The service of this line, in $1 seconds. One that was ended after less than it may have is put down to be tried again.
rehearse_in_time() {
  local share=$1 line=$2 status=0 took=$SECONDS until=$((SECONDS + $1)) name database user credentials desired
  IFS=$'\t' read -r name database user credentials desired <<<"$line"
  if ((share == 0)); then
    echo "$name: ERROR:  no time was left for its rehearsal (backup.deadlines.total)"
    unfinished+=" $name"
    return
  fi
  rehearse "$name" "$database" "$user" "$credentials" "$desired" 2>&1 </dev/null | tidy "$name" || status=1
  took=$((SECONDS - took))
  if ((status > 0 && took >= share)); then took=$MOST_SECONDS; fi
  remember "$name" "$took"
  if ((status > 0 && took > share)) && [[ -z $again ]]; then ended+=("$line"); elif ((status > 0)); then unfinished+=" $name"; fi
  drop "$database" 2>/dev/null || { restart_server && drop "$database"; } 2>/dev/null || begin_anew </dev/null || exit 1
}

# The services of these lines, one after the other.
rehearse_all() {
  local line left=$#
  for line in "$@"; do
    share "$left"
    left=$((left - 1))
    rehearse_in_time "$REPLY" "$line"
  done
}

main() {
  local again='' ended=() services
  lay_out && name_the_user && start_server && list_services || exit 1
  mapfile -t services <"$HERE/services"
  mapfile -t services < <(in_turn "${services[@]}")
  rehearse_all "${services[@]}"
  # A large one takes more than its share while many are still to come.
  again=yes
  rehearse_all "${ended[@]}"
  [[ -n $unfinished ]] || return 0
  echo "not rehearsed:$unfinished" >&2
  exit 1
}

unfinished=
main
