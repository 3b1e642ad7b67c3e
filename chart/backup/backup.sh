#!/usr/bin/env bash
# Backs every service up by its own login, four at a time. Exits with 0 when every one was.
#
# It reads $PROVISIONING/scripts/, $PROVISIONING/passwords/<service>/password, and $BACKUP/scripts/services.tsv: service, database, login and the
# login's connection limit in a line each; it writes below $BACKUPS/<service>/. $WORK is a folder of its own, in memory. The libpq variables
# PGHOST and PGPORT name the server. $WAIT_SECONDS and $SERVICE_SECONDS are its deadlines: for the server, and for one service.
set -euo pipefail
umask 077
export PGUSER=postgres
. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/server.sh"
WORKERS=4

# A service that blocks its own dump has its time, and no other's.
back_up() {
  local status=0
  timeout --kill-after=10 "$SERVICE_SECONDS" bash "$BACKUP/scripts/service.sh" "$@" || status=$?
  ((status == 124 || status == 137)) && echo "$1: ERROR:  its backup did not end in $SERVICE_SECONDS s; nothing of it is kept"
  ((status == 0)) || echo "$1" >>"$WORK/unfinished"
}

main() {
  local name database user limit
  wait_for_server
  while IFS=$'\t' read -r name database user limit; do
    while (($(jobs -pr | wc -l) >= WORKERS + ${#beside[@]})); do wait -n || true; done
    back_up "$name" "$database" "$user" "$limit" </dev/null &
    backups+=("$!")
  done < <(grep --invert-match '^#' "$BACKUP/scripts/services.tsv")
  ((${#backups[@]} == 0)) || wait "${backups[@]}"
  [[ -e $WORK/unfinished ]] || return 0
  echo "not backed up: $(sort "$WORK/unfinished" | tr '\n' ' ')" >&2
  exit 1
}

backups=()
main
