#!/usr/bin/env bash
# What a night is: every service is backed up, then the server as a whole where a point in time is asked for, and every newest backup is restored.
# Exits with 0 when all of it went well. $REHEARSAL_SECONDS is how long the rehearsals may take where copies are made after them.

# Of a service whose code never ends a rehearsal takes hours, and some of them all that a night has. What was backed up is copied all the same.
rehearse() {
  local status=0
  if [[ -z ${OUTCOME:-} ]]; then
    bash "$BACKUP/scripts/rehearse.sh"
    return
  fi
  timeout --kill-after=60 "$REHEARSAL_SECONDS" bash "$BACKUP/scripts/rehearse.sh" || status=$?
  if ((status == 124 || status == 137)); then
    echo "server: ERROR:  the rehearsals did not end in $REHEARSAL_SECONDS s, half of backup.deadlines.total: look for what the last of the services has that never ends" >&2
  fi
  return "$status"
}

status=0
bash "$BACKUP/scripts/backup.sh" || status=1
if [[ -n ${BASE_DAYS:-} ]]; then
  bash "$BACKUP/scripts/base.sh" || status=1
  bash "$BACKUP/scripts/rehearse-base.sh" || status=1
fi
rehearse || status=1
# With copies to be made, the container that makes them tells it at its end.
if [[ -n ${OUTCOME:-} ]]; then
  echo "$status" >"$OUTCOME"
  exit 0
fi
exit "$status"
