#!/bin/sh
# Copies the backups to $TO, a remote of rclone and a folder there, and ends as run.sh did before it, or with 1 when a service could not be copied.
# Runs in rclone's image, so in any shell. It reads $BACKUPS/<service>/ and, in $OUTCOME, how run.sh ended. Older copies than $KEEP_DAYS are removed,
# but never the newest $KEEP_LEAST.
set -u
. "${0%/*}/key.sh"
unfinished=

# What has no checksums is not there as a whole: they come last. A piece of the log that is still being written comes when it is complete.
copy_service() {
  rclone copy --exclude '.*' --exclude '.*/**' --exclude checksums --exclude '*.partial' "$BACKUPS/$1" "$TO/$1" &&
    rclone copy --include '/[0-9]*Z/checksums' "$BACKUPS/$1" "$TO/$1" &&
    remove_old "$1" && remove_log "$1"
}

# Of the log, what was there two days before the oldest base backup that is still there: one may take long, and its log begins with it.
remove_log() {
  [ "$1" = +server ] || return 0
  oldest=$(list_copies "$1" | sort | head -n 1)
  [ -n "$oldest" ] || return 0
  rclone delete --min-age "$(($(date -u +%s) - $(date -u -d "${oldest%%T*} 00:00" +%s) + 2 * 86400))s" --include '/wal-*/**' "$TO/$1"
}

# As <time>/checksums: the copies that are there as a whole.
list_copies() {
  rclone lsf --recursive --include '/[0-9]*Z/checksums' "$TO/$1" | grep '/checksums$'
}

# Runs only after a newer one was copied. The newest goes first: an incremental base backup before the one that it lies on, which stays as long as one is there.
remove_old() {
  oldest=$(date -u -d "@$(($(date +%s) - KEEP_DAYS * 86400))" +%Y-%m-%dT%H-%M-%SZ)
  list_copies "$1" | sort -r | tail -n "+$((KEEP_LEAST + 1))" |
    while IFS=/ read -r time _; do
      if [ "$(printf '%s\n' "$time" "$oldest" | sort | head -n 1)" = "$oldest" ]; then continue; fi
      full=$(list_full "$1") || exit 1
      if ! printf '%s\n' "$full" | grep -Fqx "$time"; then rclone purge "$TO/$1/$time" || exit 1; fi
    done
}

# On which base backups others lie.
list_full() {
  [ "$1" != +server ] || rclone cat --include '/[0-9]*Z/full' "$TO/$1"
}

note_key
for folder in "$BACKUPS"/*/; do
  service=$(basename "$folder")
  [ "$service" != lost+found ] && [ "$service" != '*' ] || continue
  if copy_service "$service"; then echo "$service: copied"; else unfinished="$unfinished $service"; fi
done
if [ -n "$unfinished" ]; then
  echo "not copied:$unfinished" >&2
  exit 1
fi
exit "$(cat "$OUTCOME")"
