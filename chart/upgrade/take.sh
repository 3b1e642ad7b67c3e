#!/usr/bin/env bash
# In the image of the former major, before the server of the next one starts for the first time: takes every service's database out of the data in $FORMER into
# $STAGE, each dumped by a login that has its service's rights and no more. Nothing in $FORMER is changed. Where $NEXT holds data there is nothing to do.
set -uo pipefail
umask 077
. "$UPGRADE/scripts/beside.sh"
trap end_server EXIT

# What concerns all databases. Passwords go as SCRAM verifiers, to a folder that only this user reads.
take_server() {
  local own database=postgres
  as_admin --file="$UPGRADE/scripts/databases.sql" >"$STAGE/databases.tsv" --field-separator=$'\t' &&
    as_admin --set=from="$FROM" --file="$UPGRADE/scripts/left.sql" &&
    as_admin --file="$UPGRADE/scripts/roles.sql" >"$STAGE/roles.sql" && as_admin --set=database= --file="$UPGRADE/scripts/settings.sql" >"$STAGE/settings.sql" || return 1
  for own in postgres template0 template1; do
    as_admin --set=database="$own" --file="$UPGRADE/scripts/make.sql" || return 1
  done >"$STAGE/privileges.sql"
  with_admin pg_dump --no-password --format=custom --schema=shared_postgresql --file="$STAGE/records"
}

# The inside that is the admin's: catalogs, and the ledger, into which the service may write, but which it cannot alter.
take_admins_part() {
  local make=(--set=database="$database" --file="$UPGRADE/scripts/make.sql") bytes=(--set=database="$database" --file="$UPGRADE/scripts/manifest.sql")
  as_admin "${make[@]}" >"$folder/make.sql" && as_admin "${bytes[@]}" >"$folder/manifest" &&
    as_admin --set=database="$database" --file="$UPGRADE/scripts/settings.sql" >"$folder/settings.sql" &&
    as_admin_desiring inside.sql --set=service="$name" | cut --delimiter='|' --fields=3- >"$folder/inside.sql" && as_admin_desiring pinned.sql --set=service="$name" >"$folder/pinned.sql" || return 1
  take_ledger
}

# Only what nobody but the admin can have made is dumped by the admin.
take_ledger() {
  local whose
  whose=$(as_admin --file="$UPGRADE/scripts/ledger.sql") || return 1
  case $whose in
    none) ;;
    admin) with_admin bounded pg_dump --no-password --format=custom --schema=shared_postgresql --file="$folder/ledger" ;;
    *) echo 'ERROR:  something of its own stands in the place of the ledger, the schema shared_postgresql: give it another name' && return 1 ;;
  esac
}

lets_in() {
  local shut
  shut=$(database=postgres as_admin --set=database="$database" --file=- <<<"SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS true', datname) FROM pg_database WHERE datname = :'database' AND NOT datallowconn") &&
    [[ -z $shut ]] && return
  echo "ERROR:  its database lets nobody in: $shut"
  return 1
}

# What is prepared and not committed is in no dump.
has_nothing_prepared() {
  [[ $(as_admin --set=database="$database" --file=- <<<"SELECT count(*) FROM pg_prepared_xacts WHERE database = :'database'") == 0 ]] && return
  echo 'ERROR:  it has prepared transactions, which no dump has: commit them, or roll them back (pg_prepared_xacts)'
  return 1
}

take_services_part() (
  log_in_mover || return
  bounded pg_dump --no-password --quote-all-identifiers --format=directory --jobs=2 --compress=1 --exclude-schema=shared_postgresql --no-publications --no-subscriptions --lock-wait-timeout=60s --file="$folder/dump" &&
    bounded psql "${ROWS_ONLY[@]}" --file="$BACKUP/scripts/contents.psql" >"$folder/contents" &&
    bounded psql "${ROWS_ONLY[@]}" --file="$UPGRADE/scripts/objects.psql" >"$folder/objects"
)

take() {
  local started=$SECONDS
  mkdir "$folder" && lets_in && has_nothing_prepared && take_admins_part && let_mover_in "$database" "$owner" && take_services_part &&
    echo "taken out of PostgreSQL $FROM after $((SECONDS - started)) s" && return
  echo "could not be taken out of PostgreSQL $FROM"
  return 1
}

# What it has written is gone before it is marked, as there may be no room.
give_up() {
  has_room && rm -rf "$folder" && mkdir "$folder" && : >"$folder/failed"
}

main() {
  take_volume
  [[ ! -e $NEXT/PG_VERSION && -e $FORMER/PG_VERSION ]] || exit 0
  rm -rf "$STAGE" "$STAGE.unfinished" "$NEXT.unfinished"
  has_room || exit 1
  STAGE=$STAGE.unfinished
  mkdir "$STAGE" && mkdir -p "$HERE" && name_the_user && make_login && start_server "$FORMER" -c wal_level=logical >&2 && take_server || exit 1
  for_each_database take
  drop_mover && end_server fast && sync --file-system "$STAGE" && mv --no-target-directory "$STAGE" "${STAGE%.unfinished}"
}

main
