#!/usr/bin/env bash
# What a night is: every service is backed up, then the server as a whole where a point in time is asked for, and every newest backup is restored.
# Exits with 0 when all of it went well. $NIGHT_SECONDS is how long it may take, with the copies that are made after it if there is $OUTCOME.
began=$EPOCHSECONDS

# When $1 sixteenths of the night are over.
end_of() {
  echo $((began + NIGHT_SECONDS * $1 / 16))
}

# What was backed up is copied all the same, however many services there are whose code never ends: the last quarter of the night is for the copies.
rehearse() {
  local status=0 last=14 seconds
  [[ -z ${OUTCOME:-} ]] || last=12
  seconds=$(($(end_of $((last + 1))) - EPOCHSECONDS))
  UNTIL=$(end_of "$last") timeout --kill-after=60 "$((seconds > 0 ? seconds : 1))" bash "$BACKUP/scripts/rehearse.sh" || status=$?
  if ((status == 124 || status == 137)); then
    echo "server: ERROR:  the rehearsals did not end in $((last * 100 / 16)) % of backup.deadlines.total, whatever each may take" >&2
  fi
  return "$status"
}

status=0
UNTIL=$(end_of 8) bash "$BACKUP/scripts/backup.sh" || status=1
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
