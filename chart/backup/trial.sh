#!/usr/bin/env bash
# In the image of a later major, while the server of the former one goes on serving: restores every service's newest backup as rehearse.sh does, so that what an
# upgrade will meet, and how long it takes, is known before. Nothing of it is kept but what is printed. Exits with 0 when every restore gave the same.
set -uo pipefail
. "$PROVISIONING/scripts/programs.sh"
began=$EPOCHSECONDS

is_of_the_major() {
  local version
  version=$(postgres --version) && [[ $version =~ \ ([0-9]+) && ${BASH_REMATCH[1]} == "$TO" ]] && return
  echo "server: ERROR:  this image has ${version:-no PostgreSQL}, and backup.rehearsal.upgradeTo.version is $TO; give backup.rehearsal.upgradeTo.tag one of $TO" >&2
  return 1
}

# What the dumps of the last night took, one after the other, in REPLY.
sum_dumps() {
  local took file
  REPLY=0
  for file in "$BACKUPS"/[a-z]*/.backup-took; do
    took=
    { read -r took <"$file"; } 2>/dev/null || true
    # Whoever writes to the volume can write anything.
    [[ ! $took =~ ^[1-9][0-9]{0,8}$ ]] || REPLY=$((REPLY + took))
  done
}

main() {
  local status=0 restores
  is_of_the_major || exit 1
  MARKS=$WORK UNTIL=$((began + NIGHT_SECONDS * 15 / 16)) bash "$BACKUP/scripts/rehearse.sh" || status=$?
  restores=$((EPOCHSECONDS - began))
  sum_dumps
  echo "server: PostgreSQL $TO took $restores s to restore and compare all; with $REPLY s of the last night's dumps nobody could write for about $((restores + REPLY)) s"
  return "$status"
}

main
