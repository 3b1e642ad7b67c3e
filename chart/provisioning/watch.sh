#!/usr/bin/env bash
# Runs beside the server, in its pod: a session of the admin that is logged in before anything can stop logins, and that ends the sessions
# of services which keep all the others waiting (queuers.sql, hoarders.sql, blockers.sql). It is opened again whenever it ended.
# Reads what provision.sh reads of $PROVISIONING/scripts and $PROVISIONING/admin. `watch.sh alive` fails when nobody looked for a minute. $VOLUME is where the
# server's volume is, if it is seen from here.
set -euo pipefail
umask 077

if [[ ${1:-} == alive ]]; then
  [[ -n $(find "$WORK/looked" -mmin -1 2>/dev/null) ]]
  exit
fi

. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/admin.sh"
. "$PROVISIONING/scripts/reserve.sh"
# Whoever comes first after a crash of the server keeps the others out, so no time is lost here.
while true; do
  # The kubelet brings another password here by itself.
  log_in_as_admin
  SECONDS=0
  wait_for_server
  start_watch ${VOLUME:+heed_volume}
  wait "$REPLY" || true
  echo "server: the session that watches over the others ended; it is opened again" >&2
  sleep 1
done
