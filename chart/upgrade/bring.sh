#!/usr/bin/env bash
# In the image of the next major, after take.sh: makes an empty server beside $NEXT, restores every service's database there as that service, and holds what is there against
# what was taken. Only when all have had their turn does it get the name $NEXT, and the server starts with it. What is in $STAGE goes then.
set -uo pipefail
umask 077
. "$UPGRADE/scripts/beside.sh"
trap end_server EXIT

# Nothing of it outlasts a kill, so it waits for no disk until all is there.
make_server() {
  initdb --pgdata="$NEXT.unfinished" -U postgres --auth=reject --encoding=UTF8 --data-checksums --no-sync >"$HERE/log" 2>&1 && is_of_the_major &&
    start_server "$NEXT.unfinished" -c fsync=off -c wal_level=minimal -c full_page_writes=off && return
  tail --lines=5 "$HERE/log"
  return 1
}

is_of_the_major() {
  local major
  major=$(<"$NEXT.unfinished/PG_VERSION")
  [[ $major == "$TO" ]] && return
  echo "server: ERROR:  this image has PostgreSQL $major, and postgresql.version is $TO. Nothing was changed: give image.tag, or image.digest, one of $TO" >&2
  exit 1
}

bring_server() {
  as_admin --file="$STAGE/roles.sql" && as_admin --file="$STAGE/privileges.sql" && with_admin pg_restore --no-password --exit-on-error --dbname=postgres "$STAGE/records" &&
    as_admin --set=ON_ERROR_STOP=off --file="$STAGE/settings.sql"
}

bring_admins_part() {
  database=postgres as_admin --file="$folder/make.sql" && database=postgres as_admin --set=ON_ERROR_STOP=off --file="$folder/settings.sql" && as_admin --file="$folder/inside.sql" || return 1
  [[ ! -e $folder/ledger ]] || with_admin bounded pg_restore --no-password --exit-on-error --dbname="$database" "$folder/ledger"
}

# All but what the admin made: schemas of extensions with their privileges, and comments on extensions. Default privileges of other roles are provisioning's to give.
list_entries() {
  pg_restore --list "$folder/dump" | LC_ALL=C awk -v owner="$owner" -v made="$folder/inside.sql" '
    BEGIN { while ((getline line < made) > 0) if (sub(/^CREATE SCHEMA /, "", line) && sub(/ AUTHORIZATION .*/, "", line)) { gsub(/^"|"$/, "", line); gsub(/""/, "\"", line); schemas[line] } }
    / (SCHEMA - |ACL - SCHEMA )/ { name = $0; sub(/^.* (ACL - SCHEMA|SCHEMA -) /, "", name); sub(/ [^ ]*$/, "", name); if (name in schemas) next }
    / COMMENT - EXTENSION / { next }
    / DEFAULT ACL / && substr($0, length($0) - length(owner)) != " " owner { next }
    { print }'
}

# Extensions that values.yaml pins come before the dump asks for the newest, each into the schema in which it lay.
make_pinned() {
  [[ -s $folder/pinned.sql ]] || return 0
  local schema='^[0-9]+; [0-9]+ [0-9]+ SCHEMA - '
  grep --text --extended-regexp "$schema" "$folder/list" >"$folder/schemas"
  sed --in-place --regexp-extended "/$schema/d" "$folder/list"
  bounded pg_restore --no-password --no-owner --exit-on-error --use-list="$folder/schemas" --dbname="$database" "$folder/dump" &&
    bounded psql "${ROWS_ONLY[@]}" --file="$folder/pinned.sql"
}

# What is as long as the service likes is written to the volume: a pod that outgrows its own folder is ended, and with it the turn of all others.
bring_services_part() (
  log_in_mover || return
  list_entries >"$folder/list" && make_pinned &&
    bounded pg_restore --no-password --no-owner --exit-on-error --jobs=2 --use-list="$folder/list" --dbname="$database" "$folder/dump" &&
    bounded psql "${ROWS_ONLY[@]}" --file="$BACKUP/scripts/contents.psql" >"$folder/contents-here" &&
    bounded psql "${ROWS_ONLY[@]}" --file="$UPGRADE/scripts/objects.psql" >"$folder/objects-here" && is_the_same && analyze_anew
)

is_the_same() {
  cmp --quiet "$folder/contents" "$folder/contents-here" && cmp --quiet "$folder/objects" "$folder/objects-here" && return
  echo "what is there now is not what was taken out of PostgreSQL $FROM:"
  { diff --text "$folder/contents" "$folder/contents-here"; diff --text "$folder/objects" "$folder/objects-here"; } | grep '^[<>]' | head -n 20
  return 1
}

bring() {
  local started=$SECONDS
  bring_admins_part && let_mover_in "$database" "$owner" && bring_services_part &&
    echo "is in PostgreSQL $TO, compared, after $((SECONDS - started)) s" && return
  echo "could not be brought into PostgreSQL $TO"
  return 1
}

# Marked by a name that is there, as there may be no room. What was made of it goes, so that the next ones have theirs; a server that ended for lack of room may not
# be able to.
give_up() {
  has_room && mv "$folder/manifest" "$folder/failed" || return 1
  clear_server && database=postgres as_admin --set=left="$database" --file=- <<<"SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', :'left') \\gexec" && return
  echo "server: begins anew without $name" >&2
  return 1
}

# Of the values, and not of a service: nobody has a turn before it is put right.
has_pinned() {
  local lacking
  lacking=$(as_admin_desiring lacking.sql --set=to="$TO") && [[ -z $lacking ]] && return
  echo "$lacking" >&2
  return 1
}

# Where none came over, it is not a service that is in the way.
has_any() {
  (($(wc -l <"$STAGE/databases.tsv") == 0 || $(wc -l <"$STAGE/databases.tsv") > $(find "$STAGE" -mindepth 2 -name failed | wc -l))) && return
  echo "server: ERROR:  no service could be brought into PostgreSQL $TO; the lines above say why. Nothing was changed: go back to PostgreSQL $FROM" >&2
  return 1
}

# What could not be brought over is nobody's until a person decides.
leave() {
  local oid database owner name
  while IFS=$'\t' read -r -u 9 oid database owner name; do
    [[ -e $STAGE/$oid/failed ]] || continue
    database=postgres as_admin --set=left="$database" --file="$UPGRADE/scripts/leave.psql" || return 1
    echo "$name: stays in the data of PostgreSQL $FROM, locked here; docs/upgrade.md says what to do"
  done 9<"$STAGE/databases.tsv"
}

# What was brought over, against which the way back is looked at. Of what stayed behind there is nothing to say.
keep_lists() {
  local brought=${NEXT%/*}/brought oid rest
  rm -rf "$brought" && mkdir "$brought" && : >"$brought/databases.tsv" || return 1
  while IFS=$'\t' read -r oid rest; do
    [[ ! -e $STAGE/$oid/failed ]] || continue
    mkdir "$brought/$oid" && cp "$STAGE/$oid"/{contents,objects,manifest} "$brought/$oid" &&
      printf '%s\t%s\n' "$oid" "$rest" >>"$brought/databases.tsv" || return 1
  done <"$STAGE/databases.tsv"
}

main() {
  take_volume
  [[ ! -e $NEXT/PG_VERSION && -e $STAGE/databases.tsv ]] || exit 0
  rm -rf "$NEXT.unfinished"
  mkdir -p "${NEXT%/*}" "$HERE" && name_the_user && make_login && make_server >&2 && has_pinned && bring_server || exit 1
  for_each_database bring
  has_any && drop_mover && as_admin --file="$UPGRADE/scripts/records.sql" && leave && keep_lists && end_server fast && initdb --sync-only --pgdata="$NEXT.unfinished" >/dev/null 2>&1 &&
    mv --no-target-directory "$NEXT.unfinished" "$NEXT" && sync "${NEXT%/*}" && rm -rf "$STAGE"
}

main
