#!/usr/bin/env bash
# What a night is: every service is backed up, then the server as a whole where a point in time is asked for, and every newest backup is restored.
# Exits with 0 when all of it went well.
status=0
bash "$BACKUP/scripts/backup.sh" || status=1
if [[ -n ${BASE_DAYS:-} ]]; then
  bash "$BACKUP/scripts/base.sh" || status=1
  bash "$BACKUP/scripts/rehearse-base.sh" || status=1
fi
bash "$BACKUP/scripts/rehearse.sh" || status=1
# With copies to be made, the container that makes them tells it at its end.
if [[ -n ${OUTCOME:-} ]]; then
  echo "$status" >"$OUTCOME"
  exit 0
fi
exit "$status"
