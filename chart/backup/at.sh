#!/usr/bin/env bash
# Backs the services that are named up as they were at $AT, below $SCRATCH/backups: recovers the server of that time in this pod, and has each service's
# own login dump its database there. Started by restore.sh, as the admin of the server that runs now. Exits with 0 when that server could be recovered.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/bring-back.sh"
. "$BACKUP/scripts/throw-away.sh"
. "$BACKUP/scripts/chain.sh"
. "$BACKUP/scripts/past.sh"
HERE=$SCRATCH/past
LOG_SECONDS=${LOG_SECONDS:-60}
trap 'stop_server; rm -rf "$HERE"' EXIT

# A recovery ends where something was committed later than the time that is asked for. So that there is something, and it was received: for
# that it waits $LOG_SECONDS. Of a server whose log is not here there is nothing to wait for.
mark_now() {
  local piece tries
  piece=$(psql "${ROWS_ONLY[@]}" --file=- <<<'BEGIN; SELECT pg_current_xact_id() IS NULL; COMMIT;
    SELECT format($$%s/%s$$, system_identifier, pg_walfile_name(pg_switch_wal())) FROM pg_control_system();') || return 1
  piece=${piece##*$'\n'}
  SYSTEM=${piece%/*}
  piece=$BACKUPS/+server/wal-$piece
  [[ -d ${piece%/*} ]] && ((LOG_SECONDS > 0)) || return 0
  for ((tries = 0; tries < 2 * LOG_SECONDS; tries++)); do
    if [[ -f $piece || -f $piece.gz ]]; then return; fi
    sleep 0.5
  done
  echo "WARNING: the log of now was not received within $LOG_SECONDS s; look at the log of the archive's pod"
}

# A name of today may have been another's then. The database is the service's if it was made for it, or if it is the one that it has now, as after a rename.
check_owner() {
  local owner former
  local same="SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = :'database'"
  former=$(as_past_admin --set=database="$2" --file=- <<<"$same") &&
    owner=$(as_past_admin --set=database="$2" --set=user="$3" --file=- <<<"SELECT service FROM shared_postgresql.login WHERE database = :'database' AND \"user\" = :'user'") || return
  if [[ -z $former ]]; then
    echo "ERROR:  there was no database $2 of this service at that time"
    return 1
  fi
  [[ $owner == "$1" || $former == "$(psql "${ROWS_ONLY[@]}" --set=database="$2" --file=- <<<"$same")" ]] && return
  echo "ERROR:  database $2 was ${owner:-another}'s at that time, and nobody else gets what it held"
  return 1
}

# What the login may do is as it was; only that it can log in here, and by how many sessions, is for now.
open_past() {
  make_password "$HERE/provisioning/passwords/$1" && read_password "$HERE/provisioning/passwords/$1/password" &&
    as_past_admin --set=user="$2" --file=- <<<"ALTER ROLE :\"user\" LOGIN CONNECTION LIMIT -1 VALID UNTIL 'infinity';" &&
    as_past_admin --command="\\password \"$2\"" <<<"$REPLY"$'\n'"$REPLY"
}

back_up_past() {
  local name database user
  # The login that all belongs to was there before any that takes turns with it.
  while IFS=$'\t' read -r name database _ _ user; do
    [[ $name == "$1" ]] || continue
    check_owner "$name" "$database" "$user" 2>&1 | tidy "$name" || return 1
    open_past "$name" "$user" 2>&1 | tidy "$name" || { echo "$name: its login could not be let into the server of that time"; return 1; }
    PROVISIONING=$HERE/provisioning BACKUPS=$SCRATCH/backups PGHOST=$WORK/past back_up_in_time "$name" "$database" "$user" 8 </dev/null
  done < <(grep --invert-match '^#' "$BACKUP/scripts/services.tsv")
}

recover_then() {
  mark_now && start_past "$(date --utc --date="${AT%Z}Z" '+%Y-%m-%d %H:%M:%S.%6N')" && ln -s "$PROVISIONING/scripts" "$HERE/provisioning/scripts"
}

main() {
  local name backup=''
  rm -rf "$HERE" "$SCRATCH/backups" && mkdir -p "$HERE/provisioning" "$SCRATCH/backups" && name_the_user || exit 1
  recover_then 2>&1 | tidy server || exit 1
  # Who has no backup of that time is told so by the restore, and keeps the others from nothing.
  for name in "$@"; do back_up_past "$name" || true; done
}

main "$@"
