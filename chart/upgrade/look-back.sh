#!/usr/bin/env bash
# In the image of the next major, before the server of the former one starts again: holds every service's database against what was there when it was brought over.
# Whoever wrote since would lose that, so it ends with 1 unless $DISCARD is the word that confirms it. Where $NEXT holds no data it was put aside already.
set -uo pipefail
umask 077
BROUGHT=${NEXT%/*}/brought
STAGE=$BROUGHT
. "$UPGRADE/scripts/beside.sh"
trap end_server EXIT

# The number is this upgrade's alone.
name_the_word() {
  WORD=confirm-$(LC_ALL=C pg_controldata "$NEXT" | sed -n 's/^Database system identifier: *\([0-9]*\)$/\1/p')
  [[ $WORD != confirm- ]]
}

# What is as long as the service likes is written to the volume, as by bring.sh. A former version had another hash, and names as they are.
look_as_service() (
  log_in_mover || return
  former=$(name_former_hash "$folder/contents")
  ! grep --quiet '^{"table" : "[^\\]' "$folder/contents" || PGOPTIONS+=' -c quote_all_identifiers=off'
  bounded psql "${ROWS_ONLY[@]}" ${former:+--set=former="$former"} --file="$BACKUP/scripts/contents.psql" >"$folder/contents-now" && bounded psql "${ROWS_ONLY[@]}" --file="$UPGRADE/scripts/objects.psql" >"$folder/objects-now" &&
    cmp --quiet "$folder/contents" "$folder/contents-now" && cmp --quiet "$folder/objects" "$folder/objects-now"
)

look() {
  let_mover_in "$database" "$owner" && look_as_service && return
  echo "is not as it was when it was brought into PostgreSQL $TO"
  return 1
}

give_up() {
  : >"$folder/failed"
}

# What came later is in no list of that time.
list_new() {
  local oid database owner name
  as_admin --field-separator=$'\t' --file="$UPGRADE/scripts/databases.sql" >"$HERE/databases.tsv" || return 1
  while IFS=$'\t' read -r oid database owner name; do
    cut --fields=2 "$BROUGHT/databases.tsv" | grep --quiet --line-regexp --fixed-strings --regexp="$database" || echo "$name: was made in PostgreSQL $TO"
  done <"$HERE/databases.tsv"
}

refuse() {
  echo "server: ERROR:  $1 what PostgreSQL $FROM does not have. Nothing was changed: set postgresql.version back to '$TO' and take returnFrom out, or give that up with postgresql.returnFrom.discard: $WORD (docs/upgrade.md)" >&2
  exit 1
}

main() {
  local new database=postgres
  take_volume
  [[ -e $NEXT/PG_VERSION && -e $FORMER/PG_VERSION ]] || exit 0
  mkdir -p "$HERE" && name_the_user && name_the_word || exit 1
  [[ ${DISCARD:-} != "$WORD" ]] || exit 0
  [[ -e $BROUGHT/databases.tsv ]] || refuse 'nobody wrote down what was brought over, so services may have'
  make_login && start_server "$NEXT" -c wal_level=logical >&2 || refuse "PostgreSQL $TO cannot be looked at, and services may have"
  rm --force "$BROUGHT"/*/failed
  for_each_database look
  drop_mover && new=$(list_new) || exit 1
  [[ -z $new ]] || echo "$new"
  end_server fast
  [[ -n $new ]] || compgen -G "$BROUGHT/*/failed" >/dev/null || exit 0
  refuse 'the services that are named above have'
}

main
