#!/usr/bin/env bash
# Makes a base backup of the whole server, when the newest is $BASE_DAYS days old: what a point in time begins with. It is compared with what the server
# says that it sent, and listed only when the log that belongs to it was received. Then what no base backup needs is removed from the log, and the rest
# packed. Exits with 0 when there is a base backup that is new enough.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/archive-login.sh"
. "$BACKUP/scripts/staged.sh"
. "$PROVISIONING/scripts/server.sh"
# No service has this name.
folder=$BACKUPS/+server

is_due() {
  local newest
  newest=$(cd "$folder" 2>/dev/null && printf '%s\n' [0-9]*Z | LC_ALL=C sort | tail --lines=1)
  # Half an hour less, so that a night that begins a little earlier than the last is not left out.
  [[ ! $newest > $(date --utc --date="@$(($(date +%s) - BASE_DAYS * 86400 + 1800))" +%Y-%m-%dT%H-%M-%SZ) || $newest == \[* ]]
}

make_base() {
  pg_basebackup --no-password --pgdata="$unfinished/base" --format=tar --compress=client-gzip:1 --wal-method=none --checkpoint=fast --manifest-checksums=SHA256 2>"$WORK/said" ||
    { cat "$WORK/said"; return 1; }
}

# The names of the first and the last piece of the log without which it cannot be used, in $first and $last.
read_range() {
  local line
  line=$(grep --only-matching '"Timeline": [0-9]*, "Start-LSN": "[0-9A-F/]*", "End-LSN": "[0-9A-F/]*"' "$unfinished/base/backup_manifest" | tail --lines=1)
  [[ $line =~ ([0-9]+),.*\"([0-9A-F]+)/([0-9A-F]+)\",.*\"([0-9A-F]+)/([0-9A-F]+)\" ]] || { echo 'ERROR:  the base backup does not say which part of the log belongs to it'; return 1; }
  first=$(name_piece "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}")
  last=$(name_piece "${BASH_REMATCH[1]}" "${BASH_REMATCH[4]}" "${BASH_REMATCH[5]}")
}

# Of 16 MiB each, as initdb makes them unless it is told otherwise.
name_piece() {
  printf '%08X%08X%08X' "$1" "0x$2" $((0x$3 >> 24))
}

await_log() {
  local tries
  for ((tries = 0; tries < 120; tries++)); do
    if compgen -G "$wal/$last*" >/dev/null; then return; fi
    sleep 0.5
  done
  echo "ERROR:  the log that belongs to it was not received within a minute; look at the log of the archive's pod"
  return 1
}

read_back() {
  gzip --test "$unfinished"/base/*.gz && write_checksums base server first
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

# What has no other ending is complete.
pack_log() {
  find "$wal" -maxdepth 1 -type f -regextype posix-extended -regex '.*/[0-9A-F]{24}' -exec gzip --fast --force {} +
}

back_up() {
  local time unfinished wal first last started=$SECONDS
  if take_the_folder && make_base && read_range && identify_server && wal=$folder/wal-$REPLY && await_log &&
    echo "$REPLY" >"$unfinished/server" && echo "$first" >"$unfinished/first" && read_back && name_the_time && publish; then
    remove_old
    remove_unneeded
    pack_log
    echo "base backup $time, $(du --summarize --human-readable "$folder/$time" | cut -f 1), after $((SECONDS - started)) s"
  else
    echo 'no base backup was made'
    return 1
  fi
}

main() {
  is_due || return 0
  log_in_as_archive && wait_for_server && back_up
}

main 2>&1 | LC_ALL=C awk -v name=server -v most=300 -f "$PROVISIONING/scripts/say.awk"
