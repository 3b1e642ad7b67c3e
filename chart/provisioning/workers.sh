#!/usr/bin/env bash
# Reads from provision.psql the lines that workers are started with, and starts them, four at a time. Each service is remembered as soon as
# it is well, in one session for all: whatever becomes of the others, the next run need not look into it again. Its passwords are as soon as they are set.
set -uo pipefail
WORKERS=4

mkfifo "$WORK/remember"
PGOPTIONS="$PGOPTIONS -c synchronous_commit=off" psql --no-psqlrc --no-password --quiet --file=- <"$WORK/remember" &
rememberer=$!
exec {remember}>"$WORK/remember"

# A login of the deployment itself has a name that no service can have.
work_on() {
  local script=service well=1
  [[ $1 != +* ]] || script=platform
  bash "$PROVISIONING/scripts/$script.sh" "$1" || well=0
  # One line, which is one write: workers end side by side.
  [[ ! -e $WORK/set/$1 ]] || printf '\\setenv SERVICE %s \\set well %s \\i %s/scripts/remember.psql\n' "$1" "$well" "$PROVISIONING" >&"$remember"
}

running=()
while IFS= read -r line; do
  name=${line%%$'\t'*}
  printf '%s\n' "$line" >"$WORK/todo/$name"
  while ((${#running[@]} >= WORKERS)); do
    wait -n "${running[@]}"
    read -ra running <<<"$(jobs -pr | grep -vx "$rememberer" | tr '\n' ' ')"
  done
  work_on "$name" &
  running+=("$!")
done
for worker in "${running[@]}"; do wait "$worker"; done
exec {remember}>&-
wait "$rememberer"
