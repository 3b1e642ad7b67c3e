#!/usr/bin/env bash
# Recovers the newest base backup with all of the log that was received, on a throw-away server of this pod, and looks for every service's database there.
# Exits with 0 when it could be recovered. What came of it is written beside it: rehearsed or failed, with the sentence that is printed.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/bring-back.sh"
. "$BACKUP/scripts/throw-away.sh"
. "$BACKUP/scripts/chain.sh"
. "$BACKUP/scripts/past.sh"
HERE=$SCRATCH/past
trap 'stop_server; rm -rf "$HERE"' EXIT

count_databases() {
  as_past_admin --command="SELECT count(*) FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
}

main() {
  local backup='' started=$SECONDS databases
  rm -rf "$HERE" && mkdir -p "$HERE" && name_the_user || exit 1
  if start_past && databases=$(count_databases); then
    rm -f "$backup/failed"
    echo "base backup ${backup##*/} recovered with the log that follows it, $databases databases, after $((SECONDS - started)) s" | tee "$backup/rehearsed"
  else
    [[ -z $backup ]] || rm -f "$backup/rehearsed"
    echo "base backup ${backup##*/} could not be recovered" | tee ${backup:+"$backup/failed"}
    return 1
  fi
}

main 2>&1 | LC_ALL=C awk -v name=server -v most=300 -f "$PROVISIONING/scripts/say.awk"
