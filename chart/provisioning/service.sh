#!/usr/bin/env bash
# Sees to the inside of one service's database, started by workers.sh with the service's name; what to do stands in $WORK/todo. Every line
# that it prints begins with the name. Exits with 0 when all of it was done.
set -euo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
# What a service says, or makes the admin find, fills the memory of its own worker and of no other: four fit into the Job's limit.
ulimit -v 114688

# The server's log of changes has one order: when provision.psql has waited for the disk once, all of this is there as well.
export PGOPTIONS="$PGOPTIONS -c synchronous_commit=off" SERVICE=$1
IFS=$'\t' read -r name database user to_set missing _ <"$WORK/todo/$SERVICE"

# A statement may catch its time-out, or wait in its commit, and many short waits make a long one: what psql does takes no longer than this.
seconds=$SCHEMA_FILE_SECONDS
limit=$((2 * seconds + 10))
within_limit() {
  timeout --kill-after=5 "$limit" psql --no-psqlrc --no-password --set=ON_ERROR_STOP=on --dbname="$database" "$@"
}

# Says that $2 was ended, if the status $1 tells it.
say_late() {
  (($1 == 124 || $1 == 137)) && echo "ERROR:  $2 did not end in $limit s, whatever the time-outs; the session was ended"
}

# Reads the password of a credential, <service> or <service>.<role>, into REPLY; says so when it cannot be used.
password_of() {
  read_password "$PROVISIONING/passwords/$1/password" && return
  local whose='its Secret'
  [[ $1 == "$name" ]] || whose="the Secret of its role ${1#"$name".}"
  echo "$whose is missing or has no usable key 'password' (one line, not empty)"
  return 1
}

# The admin's part. The texts travel on standard input to \password, which sends only a SCRAM verifier. What the server says of it is kept
# to be explained; what it says of the service's own statements explains nothing.
as_admin() {
  local words=() commands=() passwords='' i
  [[ $to_set == - ]] || read -ra words <<<"$to_set"
  for ((i = 0; i < ${#words[@]}; i += 2)); do
    password_of "${words[i]}" || return
    passwords+=$REPLY$'\n'$REPLY$'\n'
    echo "set the password of ${words[i + 1]}"
    commands+=(--command="\\password \"${words[i + 1]//\"/\"\"}\"")
  done
  # That they are set is written down by psql itself, which goes on with what a service may keep from ending well.
  commands+=(--command="\\o '$WORK/set/$name'" --command='\o')
  PGOPTIONS="$PGOPTIONS -c statement_timeout=${seconds}s" within_limit "${commands[@]}" --file="$PROVISIONING/scripts/database.psql" \
    <<<"$passwords" 2>&1 | tee >(head -c 65536 >"$WORK/said/$name"; cat >/dev/null) ||
    { say_late "$?" 'what the admin does in its database'; return 1; }
}

# The schema files of the service by their numbers, as the generator has them: 1000_b.sql comes after 999_a.sql.
schema_files() {
  local path
  for path in "$PROVISIONING/schema/$name".*.sql; do
    if [[ -e $path ]]; then echo "${path#"$PROVISIONING/schema/$name."}"; fi
  done | LC_ALL=C sort -n
}

# The service's part: its own login, because SQL that somebody else wrote never runs as the admin.
as_service() {
  password_of "$name" || return
  write_passfile "$user" "$REPLY" "$WORK/$name.pgpass"
  find_certificate "$PROVISIONING/passwords/$name" "$WORK/$name.key"
  local script="\\i '$PROVISIONING/scripts/service.psql'" file files
  files=$(schema_files) || return
  for file in $files; do script+=$'\n'"\\set file '$file'"$'\n'"\\i '$PROVISIONING/scripts/apply.psql'"; done
  local status=0
  PGUSER=$user PGPASSFILE="$WORK/$name.pgpass" PGSSLCERT=$CERTIFICATE PGSSLKEY=$KEY PGOPTIONS="-c statement_timeout=${seconds}s -c synchronous_commit=off" \
    within_limit --set=seconds="$seconds" --set=attempt="$WORK/attempt/$name" --file=- <<<"$script" || status=$?
  ((status == 0)) && return
  if say_late "$status" 'its schema files'; then end_session; else try_rest; fi
  return 1
}

end_session() {
  psql --no-psqlrc --no-password --quiet --output=/dev/null --set=login="$user" --file="$PROVISIONING/scripts/end.psql"
}

# What else of $files would fail, from the one that did on: tried as the service in a transaction that is rolled back, which holds its locks for no longer than this.
try_rest() {
  local failed file script="\\i '$PROVISIONING/scripts/trial.psql'" is_left='' status=0
  read -r failed 2>/dev/null <"$WORK/attempt/$name" || return 0
  for file in $files; do
    [[ $file != "$failed" ]] || is_left=1
    [[ -z $is_left ]] || script+=$'\n'"\\set file '$file'"$'\n'"\\i '$PROVISIONING/scripts/try.psql'"
  done
  echo '@@ trial'
  PGUSER=$user PGPASSFILE="$WORK/$name.pgpass" PGSSLCERT=$CERTIFICATE PGSSLKEY=$KEY PGOPTIONS='-c statement_timeout=2s -c lock_timeout=1s -c synchronous_commit=off' \
    timeout --kill-after=5 "$TRIAL_SECONDS" psql --no-psqlrc --no-password --dbname="$database" --file=- <<<"$script" || status=$?
  ((status != 124 && status != 137)) || { echo "psql:left: not tried: what is left after $TRIAL_SECONDS s" && end_session; }
}
TRIAL_SECONDS=10

# A role without a password cannot be used, whatever else is well.
check_roles() {
  local words=()
  [[ $missing == - ]] || read -ra words <<<"$missing"
  if ((${#words[@]})); then password_of "${words[0]}"; fi
}

# Bounded in size and in memory: a line of any length is cut before it is read.
tidy() {
  LC_ALL=C fold -b -w 2000 | LC_ALL=C awk -v name="$name" -v most=300 -v files="$PROVISIONING/schema/$name." -f "$PROVISIONING/scripts/say.awk"
}

main() {
  local started=$EPOCHREALTIME outcome=failed
  { { as_admin && as_service && check_roles && : >"$WORK/well/$name"; } 2>&1 || true; } | tidy >"$WORK/output/$name"
  if [[ -e $WORK/well/$name ]]; then outcome=well && rm -f "$WORK/said/$name"; fi
  echo "$name: $outcome after $((10#${EPOCHREALTIME/./} / 1000 - 10#${started/./} / 1000)) ms" >>"$WORK/output/$name"
  cat "$WORK/output/$name"
  [[ $outcome == well ]]
}

main
