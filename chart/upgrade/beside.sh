# What take.sh, bring.sh and look-back.sh share: a server of this pod that nobody outside it reaches, and sessions in it. $HERE is a folder of its own, in memory; $STAGE is
# where on the volume the databases lie between the two majors. $SERVICE_SECONDS is the deadline of each step of a service.
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/bring-back.sh"
. "$BACKUP/scripts/throw-away.sh"
export PGHOST=$HERE PGPORT=5432
# Who dumps and restores: a member of one service's login at a time, so that what the service planted runs with that service's rights.
MOVER=shared_postgresql_upgrading

# Two pods may have the volume for a while, as when one was deleted by force: one of them touches what lies there, and the other begins anew. start.sh has the same.
# The kernel lets go of the lock when all of a container has ended; where it knows none for the volume, all goes on without.
take_volume() {
  local status=0
  exec 8<"${FORMER%/*/*}" && flock --exclusive --wait 20 --conflict-exit-code 75 8 2>/dev/null || status=$?
  ((status != 75)) && return
  echo 'server: ERROR:  another pod has the volume: it serves it, or upgrades it. Nothing was changed: this one begins anew, and goes on once the other has ended (kubectl get pods)' >&2
  exit 1
}

# What an upgrade has taken of the volume already counts as room: when that is too little, it is not a service that took the rest.
has_room() {
  local used free wanted taken
  read -r used free wanted < <(bash "$UPGRADE/scripts/room.sh") || return 1
  taken=$(du --summarize --total --block-size=1M "$STAGE" "$NEXT.unfinished" 2>/dev/null | tail --lines=1 | cut -f 1)
  ((free + taken > wanted)) && return
  echo "server: ERROR:  the volume has $((free + taken)) MiB left, and what is in $FORMER takes $used MiB: it wants $wanted beside it for the time of the upgrade. Nothing was changed: go back to PostgreSQL $FROM, enlarge persistence.size, and upgrade again" >&2
  exit 1
}

# A server with the data of $1, and these further settings. What one that was killed wrote down of its process says nothing here, where others have the number.
# The admin comes in by being the user of this pod, everybody else by a password, for which a service's
# code in this server has none. What ALTER SYSTEM wrote down counts for less than this. A service's code says what it likes, and $HERE holds little: none of it is
# written there.
start_server() {
  data=$1
  rm --force "$data/postmaster.pid"
  printf '%s\n' 'local all postgres peer map=pod' 'local all all scram-sha-256' >"$HERE/pg_hba.conf" && echo 'pod /^.*$ postgres' >"$HERE/pg_ident.conf" &&
    list_limits >"$HERE/postgresql.conf" &&
    LC_ALL=C pg_ctl --pgdata="$data" --log="$HERE/log" --wait --timeout="$SERVICE_SECONDS" start --options="-c config_file='$HERE/postgresql.conf' \
      -c hba_file='$HERE/pg_hba.conf' -c ident_file='$HERE/pg_ident.conf' -c listen_addresses='' -c unix_socket_directories='$HERE' -c port=$PGPORT -c ssl=off \
      -c autovacuum=off -c max_wal_senders=0 -c archive_mode=off -c shared_preload_libraries='' -c shared_buffers=64MB \
      -c log_statement=none -c log_min_messages=fatal ${*:2}" >/dev/null && return
  grep --extended-regexp 'FATAL|ERROR|PANIC' "$HERE/log" | tail --lines=5
  echo "server: the server with the data of $data did not start; the lines above say why"
  return 1
}

# What its sessions hold takes as much room as it did: prepared transactions, and the locks of a dump. With more replication slots than it may have it does not start.
list_limits() {
  echo "max_replication_slots = $(find "$data/pg_replslot" -mindepth 1 -maxdepth 1 | wc -l)"
  LC_ALL=C pg_controldata "$data" |
    sed -n 's/^max_prepared_xacts setting: */max_prepared_transactions = /p; s/^max_connections setting: */max_connections = /p; s/^max_locks_per_xact setting: */max_locks_per_transaction = /p'
}

end_server() {
  [[ -n ${data:-} ]] || return 0
  pg_ctl --pgdata="$data" --mode="${1:-immediate}" --timeout=600 stop >/dev/null 2>&1
}

# A service whose code ended the server, or runs on in it and heeds nothing, keeps no other from its turn: every drop, and the end of the server, would wait for it.
clear_server() {
  pg_isready --quiet && [[ $(database=postgres as_admin --command="SELECT count(*) FROM pg_stat_activity WHERE usename = '$MOVER'") == 0 ]] && return
  pg_ctl --pgdata="$data" --mode=immediate --log="$HERE/log" --wait --timeout="$SERVICE_SECONDS" restart >/dev/null 2>&1 && return
  echo 'server: the server of this pod ended, and did not come back' >&2
  return 1
}

# What a database or a role has set does not reach the admin's sessions. Names are quoted, here and by the mover: what one major takes for a name is a word of the next.
ADMIN_OPTIONS='-c search_path=pg_catalog,pg_temp -c client_min_messages=warning -c statement_timeout=0 -c lock_timeout=60s -c default_transaction_read_only=off -c quote_all_identifiers=on'
with_admin() {
  PGUSER=postgres PGDATABASE=${database:-postgres} PGOPTIONS=$ADMIN_OPTIONS "$@"
}

as_admin() {
  with_admin psql "${ROWS_ONLY[@]}" "$@"
}

# The script $1 with what values.yaml says in the variable desired, which comes through a file: it is as long as one likes.
as_admin_desiring() {
  as_admin "${@:2}" --file=- <<<"\\set desired \`exec cat \"\$PROVISIONING/desired/desired.json\"\`
\\i '$UPGRADE/scripts/$1'"
}

make_login() {
  make_password "$HERE/login" && read_password "$HERE/login/password" && PASSWORD=$REPLY
}

# Makes the mover of database $1, whose owner is $2, with a password that stands nowhere else.
let_mover_in() {
  local database=postgres
  drop_mover && MANIFEST=$folder/manifest as_admin --set=mover="$MOVER" --set=restoring="$MOVER" --set=database="$1" --set=owner="$2" --command="CREATE ROLE $MOVER NOLOGIN" \
    --command="\\password $MOVER" --file="$UPGRADE/scripts/mover.psql" --file="$BACKUP/scripts/temp-files.psql" <<<"$PASSWORD"$'\n'"$PASSWORD" >/dev/null
}

log_in_mover() {
  log_in "$HERE/login" "$database" "$MOVER" || return
  unset PGCLIENTENCODING
  PGOPTIONS+=' -c quote_all_identifiers=on'
}

drop_mover() {
  local database=postgres
  as_admin --set=mover="$MOVER" --file="$UPGRADE/scripts/drop-mover.psql"
}

# Each line of databases.tsv to a function of this name, with its oid, its database, its service's own login and the service's name. What fails is marked by give_up,
# or nothing goes on.
for_each_database() {
  local oid database owner name folder
  while IFS=$'\t' read -r -u 9 oid database owner name; do
    folder=$STAGE/$oid
    [[ ! -e $folder/failed ]] || continue
    "$1" 2>&1 </dev/null | tidy "$name" && continue
    give_up && clear_server || exit 1
  done 9<"$STAGE/databases.tsv"
}
