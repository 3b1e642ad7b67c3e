#!/usr/bin/env bash
# Backs every service up by its own login, four at a time. Exits with 0 when every one was.
#
# $SERVICES names those that are asked for; without it, all of them are. It reads $PROVISIONING/scripts/, $PROVISIONING/passwords/<service>/password, and $BACKUP/scripts/services.tsv: service, database, the login in use, the
# login's connection limit and the login that all belongs to in a line each; it writes below $BACKUPS/<service>/. $WORK is a folder of its own, in memory. The libpq variables
# PGHOST and PGPORT name the server. $WAIT_SECONDS, $SERVICE_SECONDS and $UNTIL are its deadlines: for the server, for one service, and for all (in-turn.sh).
set -euo pipefail
umask 077
export PGUSER=postgres
. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/server.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/chain.sh"
. "$BACKUP/scripts/in-turn.sh"
TOOL=$(pg_dump --version)
export TOOL
WORKERS=4 MOST_SECONDS=$SERVICE_SECONDS RECORD=.backup-took
# So many nights ahead is warned that the volume will be full.
NIGHTS=${NIGHTS:-5}

# The service of this line, in $1 seconds. One that was ended after less than it may have is put down to be tried again.
back_up() {
  local share=$1 line=$2 status=1 took=$SECONDS name database user limit
  IFS=$'\t' read -r name database user limit _ <<<"$line"
  if ((share == 0)); then
    echo "$name: ERROR:  no time was left for its backup: all of them have half of backup.deadlines.total"
  else
    SERVICE_SECONDS=$share back_up_in_time "$name" "$database" "$user" "$limit" && status=0 || status=$?
    took=$((SECONDS - took))
    if was_ended "$status"; then took=$MOST_SECONDS; fi
    remember "$name" "$took"
  fi
  if was_ended "$status" && ((share < MOST_SECONDS)) && [[ -z $again ]]; then
    echo "$name: that is its share of the night; it is tried again once all others had theirs"
    echo "$line" >>"$WORK/ended"
  elif ((status > 0)); then
    echo "$name" >>"$WORK/unfinished"
  fi
}

# The services of these lines, one after the other.
back_up_all() {
  local line left=$# running=() now
  for line in "$@"; do
    while mapfile -t now < <(jobs -pr) && ((${#now[@]} >= WORKERS + ${#beside[@]})); do wait -n || true; done
    share "$left"
    left=$((left - 1))
    back_up "$REPLY" "$line" </dev/null &
    running+=("$!")
  done
  ((${#running[@]} == 0)) || wait "${running[@]}"
}

list_wanted() {
  local line
  while read -r line; do
    if [[ -z ${SERVICES:-} || " $SERVICES " == *" ${line%%$'\t'*} "* ]]; then printf '%s\n' "$line"; fi
  done < <(grep --invert-match '^#' "$BACKUP/scripts/services.tsv")
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
  [[ -n $newest ]] || return 0
  night=$(tr '\n' '\0' <<<"$newest" | du --summarize --bytes --total --files0-from=- 2>/dev/null | tail --lines=1 | cut -f 1)
  ((free < NIGHTS * ${night:-0})) || return 0
  echo "WARNING: the volume of the backups has room for $((free / night)) more nights like this one; enlarge it, or keep fewer (backup.persistence.size, backup.keep)" >&2
}

main() {
  local wanted again=''
  wait_for_server
  remove_unfinished
  mapfile -t wanted < <(list_wanted)
  mapfile -t wanted < <(in_turn "${wanted[@]}")
  back_up_all "${wanted[@]}"
  # A large one takes more than its share while many are still to come.
  if [[ -e $WORK/ended ]]; then
    mapfile -t wanted <"$WORK/ended"
    again=yes
    back_up_all "${wanted[@]}"
  fi
  remove_unfinished
  warn_of_room
  [[ -e $WORK/unfinished ]] || return 0
  echo "not backed up: $(sort "$WORK/unfinished" | tr '\n' ' ')" >&2
  exit 1
}

main
