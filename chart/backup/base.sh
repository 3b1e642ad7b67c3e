#!/usr/bin/env bash
# Makes a base backup of the whole server, when the newest is $BASE_DAYS days old, or its log does not go on until now: what a point in time begins with. Where
# the server notes which blocks change (summarize_wal, from 17 on), it is an incremental one, of what changed since the newest full one; that is made anew each week. It
# is compared with what the server says that it sent, and listed only when the log that belongs to it was received. Then what no base backup needs is removed
# from the log, and the rest packed. Exits with 0 when there is a base backup that is new enough, and all of the log since.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/archive-login.sh"
. "$BACKUP/scripts/staged.sh"
. "$BACKUP/scripts/chain.sh"
. "$PROVISIONING/scripts/server.sh"
# No service has this name.
folder=$BACKUPS/+server
# How long it waits for a part of the log.
LOG_SECONDS=${LOG_SECONDS:-60}

is_due() {
  local newest
  newest=$(cd "$folder" 2>/dev/null && printf '%s\n' [0-9]*Z | LC_ALL=C sort | tail --lines=1)
  # Half an hour less, so that a night that begins a little earlier than the last is not left out.
  [[ ! $newest > $(date --utc --date="@$(($(date +%s) - BASE_DAYS * 86400 + 1800))" +%Y-%m-%dT%H-%M-%SZ) || $newest == \[* ]] || ! goes_on "$newest"
}

# Whether the log of this server was received without a gap, from base backup $1 until now. It may be of a server that is no more, and where there is a gap
# nothing behind it comes back.
goes_on() {
  local first last until=$((SECONDS + LOG_SECONDS))
  first=$(<"$folder/$1/first")
  # It is calculated with, which a text can use to run commands.
  if [[ $(<"$folder/$1/server") == "$server" && $first =~ ^[0-9A-F]{24}$ ]]; then
    last=$(name_piece "${POSITION[@]}" 1)
    while ! compgen -G "$wal/$last*" >/dev/null && ((SECONDS < until)); do sleep 0.5; done
    (($(count_pieces) == $(number_of "$last") - $(number_of "$first") + 1)) && return
  fi
  echo "WARNING: no log leads from base backup $1 to what the server holds now, so another one is made"
  return 1
}

# How many pieces there are from $first to $last. Names of digits are compared as texts.
count_pieces() {
  find "$wal" -maxdepth 1 -type f -regextype posix-extended -regex '.*/[0-9A-F]{24}(\.gz|\.partial)?' -printf '%f\n' | cut --characters=1-24 | sort --unique |
    LC_ALL=C awk -v first="$first" -v last="$last" '$0 "" >= first "" && $0 "" <= last ""' | wc -l
}

number_of() {
  echo $((16#${1:8:8} << 8 | 16#${1:16}))
}

# Whoever reaches the port can hold the server's places for replication for some seconds, without a password, so it is tried again.
patiently() {
  local tries
  for ((tries = 0; tries < 12; tries++)); do
    "$@" 2>"$WORK/said" && return
    grep --quiet 'exceeds max_wal_senders' "$WORK/said" || break
    sleep 5
  done
  cat "$WORK/said"
  return 1
}

make_base() {
  rm -rf "$unfinished/base"
  pg_basebackup --no-password --pgdata="$unfinished/base" --format=tar --compress=client-gzip:1 --wal-method=none --checkpoint=fast --manifest-checksums=SHA256 \
    ${full:+"--incremental=$folder/$full/base/backup_manifest"}
}

# The server may have forgotten what changed since, or have noted nothing for a while.
make_any() {
  patiently make_base && return
  [[ -n $full ]] || return 1
  echo "WARNING: no incremental base backup could be made on that of $full, for the reason above, so it is a full one"
  full=
  patiently make_base
}

describe() {
  echo "$server" >"$unfinished/server" && echo "$first" >"$unfinished/first" || return
  [[ -z $full ]] || echo "$full" >"$unfinished/full"
}

# The names of the first and the last piece of the log without which it cannot be used, in $first and $last.
read_range() {
  local line
  line=$(grep --only-matching '"Timeline": [0-9]*, "Start-LSN": "[0-9A-F/]*", "End-LSN": "[0-9A-F/]*"' "$unfinished/base/backup_manifest" | tail --lines=1)
  [[ $line =~ ([0-9]+),.*\"([0-9A-F]+)/([0-9A-F]+)\",.*\"([0-9A-F]+)/([0-9A-F]+)\" ]] || { echo 'ERROR:  the base backup does not say which part of the log belongs to it'; return 1; }
  first=$(name_piece "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}")
  last=$(name_piece "${BASH_REMATCH[1]}" "${BASH_REMATCH[4]}" "${BASH_REMATCH[5]}" 1)
}

# The piece of timeline $1 with the byte $2/$3, or with the one that is $4 before. Of 16 MiB each, as initdb makes them unless it is told otherwise.
name_piece() {
  local byte=$(((0x$2 << 32 | 0x$3) - ${4:-0}))
  printf '%08X%08X%08X' "$1" $((byte >> 32)) $((byte >> 24 & 0xFF))
}

# A piece that was only begun is not enough; the server goes on to another one when a base backup ends.
await_log() {
  local until=$((SECONDS + LOG_SECONDS))
  while ((SECONDS <= until)); do
    if [[ -f $wal/$last || -f $wal/$last.gz ]]; then return; fi
    sleep 0.5
  done
  echo "ERROR:  the log that belongs to it was not received within $LOG_SECONDS s; look at the log of the archive's pod"
  return 1
}

read_back() {
  gzip --test "$unfinished"/base/*.gz && write_checksums base server first ${full:+full}
}

# Of each server that ever was: nothing before its oldest base backup is needed any more, and nothing at all without one.
remove_unneeded() {
  local log oldest file
  for log in "$folder"/wal-*/; do
    oldest=$(grep --files-with-matches --line-regexp --fixed-strings "$(basename "${log##*/wal-}")" "$folder"/[0-9]*Z/server | LC_ALL=C sort | head --lines=1)
    if [[ -z $oldest ]]; then
      rm -rf "$log"
      continue
    fi
    while read -r file; do
      if [[ ${file##*/} < $(<"${oldest%/server}/first") ]]; then rm -f "$file"; fi
    done < <(find "$log" -type f -name '[0-9A-F]*' ! -name '*.history' ! -name '*.partial')
    find "$log" -mindepth 1 -type d -empty -delete
  done
}

# What has no other ending is complete. It goes when what it was packed to is on the disk as a whole: the receiver does not start beside half of one.
pack_log() {
  local piece
  while read -r piece; do
    gzip --fast --stdout "$piece" >"$wal/.packed" && sync "$wal/.packed" && mv "$wal/.packed" "$piece.gz" && rm "$piece" || return
  done < <(find "$wal" -maxdepth 1 -type f -regextype posix-extended -regex '.*/[0-9A-F]{24}')
}

back_up() {
  local time unfinished='' full='' first last started=$SECONDS
  if take_the_folder && choose_full && make_any && read_range && await_log && describe && read_back && name_the_time && publish; then
    remove_old
    remove_unneeded
    pack_log
    echo "base backup $time${full:+ on that of $full}, $(du --summarize --human-readable "$folder/$time" | cut -f 1), after $((SECONDS - started)) s"
  else
    # The receiver needs the room until the next night.
    [[ -z $unfinished ]] || rm -rf "$unfinished"
    echo 'no base backup was made'
    return 1
  fi
}

main() {
  local server wal
  log_in_as_archive && wait_for_server && patiently identify_server || return
  server=$REPLY wal=$folder/wal-$REPLY
  ! is_due || back_up
}

main 2>&1 | LC_ALL=C awk -v name=server -v most=300 -f "$PROVISIONING/scripts/say.awk"
