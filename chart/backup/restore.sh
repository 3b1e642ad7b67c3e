#!/usr/bin/env bash
# Brings services back: those that $SERVICES names, or all if it is *, each from its newest backup, or the newest until $FROM, or as it was at $AT, out of a
# base backup and the log that follows it. A backup is restored beside
# the service's database and compared with what was dumped; then the two change names, and what was there before is kept. With $TO, and one service, it
# stays beside under that name. Exits with 0 when all are there, and nothing is left to do for them.
#
# It reads what provision.sh reads, and $BACKUPS/<service>/. $MASK may name a file of SQL that the service's login runs when all is compared, or $MASKS a
# folder with one for each service, <service>.sql. $SCRATCH and $WORK are folders of its own, the latter in memory. $WAIT_SECONDS and $SERVICE_SECONDS
# are its deadlines: for the server, and for each step.
set -uo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/admin.sh"
. "$BACKUP/scripts/session.sh"
. "$BACKUP/scripts/bring-back.sh"
. "$BACKUP/scripts/in-turn.sh"
WORKERS=1 MOST_SECONDS=$((3 * SERVICE_SECONDS)) RECORD=.rehearsal-took
HERE=$SCRATCH/restore

# Of the service and of one more database beside its own, what is said of them now.
ask_values() {
  as_admin --set=to="${TO:-}" --file=- <<<"\\set desired \`cat '$PROVISIONING/desired/desired.json'\`
    \\ir '$BACKUP/scripts/one-beside.sql'"
}

# With exec for $via it takes the place of its shell, so that whoever ends this ends psql.
as_admin() {
  ${via:-} psql "${ROWS_ONLY[@]}" --set=service="$service" --set=beside="$beside_database" --set=database="$database" --set=user="$user" --set=limit="$limit" --set=aside="$aside" "$@"
}

# Of the service, by its name: its database, login, limit and credentials, the name beside its database, and the document with which provisioning
# makes one more database for the same logins.
read_service() {
  local IFS=$'\t'
  ask_values >"$HERE/service" || return 1
  read -r database user limit beside_database aside credentials desired <"$HERE/service" && return
  echo 'ERROR:  values.yaml has no service of this name; look at the list of services'
  return 1
}

# Two of one service would undo each other's work; those of several run side by side. The lock ends with the session, and provisioning knows by it that somebody
# restores: what is made for that is left alone.
take_turn() {
  local taken
  coproc TURN { exec psql "${ROWS_ONLY[@]}" --set=service="$service" --file=- 2>&1; }
  echo "SELECT pg_advisory_lock_shared(hashtext('shared_postgresql_restore')) IS NOT NULL
    AND pg_advisory_lock(hashtext('shared_postgresql_restore'), hashtext(:'service')) IS NOT NULL;" >&"${TURN[1]}"
  read -r taken <&"${TURN[0]}" && [[ $taken == t ]] && return
  echo "ERROR:  another restore of it is running, or no session could be had: $taken"
  return 1
}

# What provisioning reads, with one more service: of the same logins and passwords, without schema files, which are in the dump.
lay_out() {
  local path credential shared=()
  mkdir -p "$HERE/beside/desired" "$HERE/beside/passwords" || return 1
  for path in "$PROVISIONING"/{scripts,admin,schema}; do [[ ! -e $path ]] || shared+=("$path"); done
  ln -s "${shared[@]}" "$HERE/beside" && ln -s "$PROVISIONING"/passwords/* "$HERE/beside/passwords" || return 1
  for credential in $credentials; do
    ln -s "$PROVISIONING/passwords/$credential" "$HERE/beside/passwords/${credential/#"$service"/"$service+restored"}" || return 1
  done
  as_dumped "$service+restored" "$desired" "$HERE/beside/desired/desired.json"
}

# Provisions by what is below $1, for service $2 alone: what values.yaml says of others may be newer than what this pod was given. It says much of what is
# not asked for here, so only when it fails.
provision() {
  rm -rf "$WORK/provision" && mkdir "$WORK/provision" &&
    ONLY=$2 PROVISIONING=$1 WORK=$WORK/provision bash "$PROVISIONING/scripts/provision.sh" >"$HERE/said" 2>&1 && return
  tail --lines=20 "$HERE/said"
  return 1
}

# Shuts the database beside to everybody else, the service's own logins too: what is not masked yet is for nobody. Only a SCRAM verifier is sent.
shut() {
  mkdir "$HERE/login" && head -c 24 /dev/urandom | base64 >"$HERE/login/password" && read_password "$HERE/login/password" &&
    MANIFEST=$backup/backup.json as_admin --command="\\password \"$beside_database\"" --file="$BACKUP/scripts/shut.psql" <<<"$REPLY"$'\n'"$REPLY" >/dev/null
}

# A session with what the service may do and no more. Statistics are made of what is there in the end.
as_service() (
  log_in "$HERE/login" "$beside_database" "$beside_database" && restore || return
  if [[ -z $mask ]]; then compare complete; else compare remember_schema_files && mask && analyze_anew; fi
)

complete() {
  remember_schema_files --file="$BACKUP/scripts/analyze.psql"
}

# The ledger was not dumped: it is the admin's. Its rows are the service's. What is given as arguments follows in the same session.
remember_schema_files() {
  MANIFEST=$backup/backup.json bounded psql "${ROWS_ONLY[@]}" --file="$BACKUP/scripts/schema-files.psql" "$@"
}

# All of it or nothing, with the settings that the service's own sessions have: names are found as there. Whoever wrote it has this service's rights and no
# more, so psql reads none of it.
mask() {
  MASK=$mask PGOPTIONS='-c statement_timeout=0 -c client_connection_check_interval=2s' bounded psql "${ROWS_ONLY[@]}" --file="$BACKUP/scripts/mask.psql"
}

# The file with SQL for this service, in $mask. Where all are to be masked, none comes back as it was.
find_mask() {
  mask=${MASK:-${MASKS:+$MASKS/$service.sql}}
  [[ -z $mask || -r $mask ]] && return
  echo "ERROR:  there is no key $service.sql in the ConfigMap of backup.mask.existingConfigMap, and nothing is restored unmasked here; an empty text masks nothing"
  return 1
}

# A restore that fails changes nothing; what is unfinished is removed. It may have failed because the server was away.
give_up() {
  if (SECONDS=0 && wait_for_server) && as_admin --file="$BACKUP/scripts/clear.psql"; then
    echo "backup ${backup##*/} was not restored; the service's database is as it was"
  else
    echo "backup ${backup##*/} was not restored, and what is unfinished could not be removed: run provisioning (helm upgrade) if the service cannot log in; the next restore removes the rest"
  fi
  return 1
}

restore_beside() {
  echo "restores backup ${backup##*/} into database $beside_database"
  provision "$HERE/beside" "$service+restored" && shut && as_service || give_up || return 1
  echo "restored and compared, $(count_contents) tables and sequences, after $((SECONDS - started)) s"
}

# With another name it is done; else the names change.
put_in_place() {
  if [[ -n ${TO:-} ]]; then
    as_admin --file="$BACKUP/scripts/keep.psql"
    return
  fi
  swap || give_up || return 1
  echo "what was there is database $aside now, which only the admin opens; to be rid of it: DROP DATABASE \"$aside\""
}

swap() {
  local ender status=0
  via=exec as_admin --file="$BACKUP/scripts/end-sessions.psql" >/dev/null 2>&1 &
  ender=$!
  as_admin --file="$BACKUP/scripts/swap.psql" || status=$?
  kill "$ender" && wait "$ender" 2>/dev/null
  return "$status"
}

# Nothing is left to do for the service, and it has the limits again that are declared.
settle() {
  local status=0
  provision "$PROVISIONING" "$service" || { status=1 && echo 'ERROR:  provisioning, which comes last, did not end well; run it again (helm upgrade)'; }
  as_admin --file="$BACKUP/scripts/settle.psql" || status=1
  return "$status"
}

bring_back() {
  local service=$1 started=$SECONDS backup database='' user='' limit='' beside_database='' aside='' credentials desired mask
  rm -rf "$HERE" && mkdir -p "$HERE" && find_mask && find_backup "$service" "${FROM:-}" && backup=$REPLY && check_backup && take_turn && read_service && lay_out &&
    as_admin --file="$BACKUP/scripts/clear.psql" --file="$BACKUP/scripts/announce.psql" || return 1
  restore_beside && put_in_place || { settle; return 1; }
  settle || return 1
  [[ -z ${TO:-} ]] || echo "its login may open database $TO until the next provisioning, then only the admin; to be rid of it: DROP DATABASE \"$TO\"; DROP ROLE \"$TO\""
}

# The services that are asked for, in $services.
read_names() {
  read -ra services <<<"${SERVICES:-}"
  if [[ ${SERVICES:-} == '*' ]]; then mapfile -t services < <(grep --invert-match '^#' "$BACKUP/scripts/services.tsv" | cut -f 1); fi
  if ((${#services[@]} == 0)); then
    echo 'server: ERROR:  SERVICES names no service: give the Job the names, as docs/backup.md shows' >&2
  elif ((${#services[@]} > 1)) && [[ -n ${TO:-} ]]; then
    echo 'server: ERROR:  TO is the name for one database, and SERVICES names several services; restore one after the other' >&2
  elif [[ ! ${TO:-x} =~ ^[A-Za-z_][A-Za-z0-9_-]{0,62}$ || ${TO:-x} == pg_* ]]; then
    echo 'server: ERROR:  TO is a name as databases have in values.yaml: a letter or an underscore, then letters, digits, underscores and hyphens, at most 63; not pg_' >&2
  elif [[ ! ${FROM:-2026-11-27} =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}-[0-9]{2}-[0-9]{2}Z)?$ ]]; then
    echo 'server: ERROR:  FROM is a day, as 2026-11-27, or the time of a backup, as 2026-11-27T02-17-03Z, both in UTC' >&2
  elif [[ -n ${AT:-} && -n ${FROM:-} ]]; then
    echo 'server: ERROR:  FROM asks for a backup, and AT for a time between two; give one of them' >&2
  elif [[ ! ${AT:-2026-11-27T09:30Z} =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}[T\ ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z?$ ]] || ! date --date="${AT:-now}" >/dev/null 2>&1; then
    echo 'server: ERROR:  AT is a time in UTC, as 2026-11-27T09:30:00Z' >&2
  elif [[ -n ${AT:-} ]] && (($(date --date="${AT%Z}Z" +%s) > $(date +%s))); then
    echo 'server: ERROR:  AT is a time that has not come yet; it is in UTC' >&2
  else
    return
  fi
  exit 1
}

main() {
  local services name unfinished=
  read_names
  log_in_as_admin
  wait_for_server
  # One whose rehearsal had to be ended may have no end here either.
  mapfile -t services < <(in_turn "${services[@]}")
  if [[ -n ${AT:-} ]]; then
    bash "$BACKUP/scripts/at.sh" "${services[@]}" || exit 1
    BACKUPS=$SCRATCH/backups
  fi
  for name in "${services[@]}"; do
    bring_back "$name" 2>&1 </dev/null | tidy "$name" || unfinished+=" $name"
  done
  [[ -n $unfinished ]] || return 0
  echo "not restored:$unfinished" >&2
  exit 1
}

main
