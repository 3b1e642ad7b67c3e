#!/usr/bin/env bash
# Backs every service up by its own login, four at a time. Exits with 0 when every one was.
#
# $SERVICES names those that are asked for; without it, all of them are. It reads $PROVISIONING/scripts/, $PROVISIONING/passwords/<service>/password, and $BACKUP/scripts/services.tsv: service, database, the login in use, the
# login's connection limit and the login that all belongs to in a line each; it writes below $BACKUPS/<service>/. $WORK is a folder of its own, in memory. The libpq variables
# PGHOST and PGPORT name the server. $WAIT_SECONDS and $SERVICE_SECONDS are its deadlines: for the server, and for one service.
set -euo pipefail
umask 077
export PGUSER=postgres
. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/server.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/chain.sh"
WORKERS=4
# So many nights ahead is warned that the volume will be full.
NIGHTS=${NIGHTS:-5}

back_up() {
  back_up_in_time "$@" || echo "$1" >>"$WORK/unfinished"
}

# What was cut off, and nobody writes any more: also of services that are backed up no more. A dump that was ended with its service.sh may end a moment later.
remove_unfinished() {
  local folder lock
  for folder in "$BACKUPS"/*/; do
    compgen -G "$folder.unfinished.*" >/dev/null || continue
    (exec {lock}>"$folder.lock" && flock --timeout 5 "$lock" && rm -rf "$folder".unfinished.*) || true
  done
}

# What came of the log in a day.
list_log() {
  [[ ! -d $BACKUPS/+server ]] || find "$BACKUPS/+server" -type f -path '*/wal-*' -mtime -1
}

# Without a process of its own: there are as many as services.
find_newest() {
  local all=("$1"/[0-9]*Z)
  [[ ! -e ${all[-1]} ]] || printf '%s\n' "${all[-1]}"
}

# How many bytes the next base backup takes beyond the last, which was an incremental one, when it is a full one again.
size_full() {
  local base full
  base=$(find_newest "$BACKUPS/+server")
  if [[ -f $base/full ]] && find_full >&2; then du --summarize --bytes "$full" | cut -f 1; fi
}

# Whoever hears of it when the volume is full hears of it by a backup that is missing.
warn_of_room() {
  local free night newest full
  full=$(size_full)
  free=$(($(df --output=avail --block-size=1 "$BACKUPS" | tail --lines=1) - ${full:-0}))
  ((free > 0)) || free=0
  newest=$(for folder in "$BACKUPS"/*/; do [[ -d $folder ]] || continue; find_newest "$folder"; done; list_log)
  night=$(tr '\n' '\0' <<<"$newest" | du --summarize --bytes --total --files0-from=- 2>/dev/null | tail --lines=1 | cut -f 1)
  ((free < NIGHTS * ${night:-0})) || return 0
  echo "WARNING: the volume of the backups has room for $((free / night)) more nights like this one; enlarge it, or keep fewer (backup.persistence.size, backup.keep)" >&2
}

main() {
  local name database user limit
  wait_for_server
  remove_unfinished
  while IFS=$'\t' read -r name database user limit _; do
    [[ -z ${SERVICES:-} || " $SERVICES " == *" $name "* ]] || continue
    while (($(jobs -pr | wc -l) >= WORKERS + ${#beside[@]})); do wait -n || true; done
    back_up "$name" "$database" "$user" "$limit" </dev/null &
    backups+=("$!")
  done < <(grep --invert-match '^#' "$BACKUP/scripts/services.tsv")
  ((${#backups[@]} == 0)) || wait "${backups[@]}"
  remove_unfinished
  warn_of_room
  [[ -e $WORK/unfinished ]] || return 0
  echo "not backed up: $(sort "$WORK/unfinished" | tr '\n' ' ')" >&2
  exit 1
}

backups=()
main
