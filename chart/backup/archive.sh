#!/usr/bin/env bash
# Receives the write-ahead log as the server writes it, into $BACKUPS/+server/wal-<number of the server>/, until it is stopped. With the argument alive it
# tells by its exit code whether it receives. It reads $PROVISIONING/scripts/ and $PROVISIONING/passwords/+archive/password; $WORK is a folder of its own.
# The libpq variables PGHOST and PGPORT name the server. $WAIT_SECONDS is how long it waits for it.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/archive-login.sh"
if [[ ${1:-} == alive ]]; then
  read -r receiver <"$WORK/receiver" && kill -0 "$receiver" 2>/dev/null
  exit
fi
. "$PROVISIONING/scripts/server.sh"

# A piece is made in its whole length before anything is written into it. One that was not is in the way of the receiver, and empty.
remove_unmade() {
  find "$wal" -maxdepth 1 -name '*.partial' -size -16777216c -delete
}

# What the server has not been told to be on the disk here, it keeps by the slot.
receive() {
  pg_receivewal --no-password --slot="$PGUSER" --create-slot --if-not-exists 2>"$WORK/said" || return
  pg_receivewal --no-password --slot="$PGUSER" --directory="$wal" --no-loop 2>"$WORK/said" &
  echo "$!" >"$WORK/receiver"
  wait "$!"
}

# What it did not receive the server keeps meanwhile, as far as it may, so nothing is lost until then.
tell_of_room() {
  (($(df --output=avail --block-size=1K "$wal" | tail --lines=1) < 16384)) || return 0
  echo "WARNING: the volume of the backups has no room for the log; enlarge it, or keep fewer (backup.persistence.size, backup.keep), before the server keeps no more of it" >&2
}

# The server kept as much as it may, and then no more: what follows is another piece, with nothing between the two.
begin_anew() {
  local aside
  aside=$wal/until-$(date --utc +%Y-%m-%dT%H-%M-%SZ)
  echo "WARNING: the server no longer has what follows the log that was received; no time from then until the next base backup can be brought back. Make one now: kubectl create job --from=cronjob/<name>-backup" >&2
  mkdir "$aside" && find "$wal" -maxdepth 1 -type f -exec mv --target-directory="$aside" {} + &&
    pg_receivewal --no-password --slot="$PGUSER" --drop-slot && pg_receivewal --no-password --slot="$PGUSER" --create-slot
}

stop() {
  [[ ! -e $WORK/receiver ]] || kill "$(<"$WORK/receiver")" 2>/dev/null
  exit 0
}

main() {
  local wal
  while :; do
    # The kubelet brings another password here by itself.
    log_in_as_archive || exit 1
    SECONDS=0
    wait_for_server
    if identify_server; then
      wal=$BACKUPS/+server/wal-$REPLY
      mkdir -p "$wal"
      remove_unmade
      receive
      rm -f "$WORK/receiver"
      cat "$WORK/said" >&2
      tell_of_room
      if grep --quiet --extended-regexp 'has already been removed|has been invalidated|can no longer|cannot read from replication slot' "$WORK/said"; then begin_anew; fi
    fi
    sleep 5 &
    wait "$!"
  done
}

trap stop TERM INT
main
