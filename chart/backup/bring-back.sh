# How a backup is restored and compared with what was dumped. Sourced after session.sh, with the login's session in the libpq variables; $backup is
# the backup's folder, $HERE a folder for what is written meanwhile, and $SERVICE_SECONDS the deadline of each step.

# What a service's names and texts are encoded in is its own: they are bytes here.
export LC_ALL=C

# The newest backup of service $1, or the newest that is not newer than $2, in REPLY. Somebody else may have filled the folder: only what is called as a
# backup is one.
find_backup() {
  local times newest
  times=$(find "$BACKUPS/$1" -maxdepth 1 -regextype posix-extended -regex '.*/[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(-[0-9]{2}){2}Z' -printf '%f\n' 2>/dev/null | LC_ALL=C sort)
  newest=$(LC_ALL=C awk -v most="${2:-9}" '$0 <= most' <<<"$times" | tail --lines=1)
  REPLY=$BACKUPS/$1/$newest
  if [[ -z $newest || ! -f $REPLY/checksums ]]; then
    echo "ERROR:  it has no backup${2:+ of $2 or before}${times:+; there are: ${times//$'\n'/ }}"
    tell_of_former "$1"
    return 1
  fi
  is_past "$newest" && return
  echo "ERROR:  its newest backup is of a time to come, $newest, by a clock that was wrong, or is: give that folder on the volume the time when it was made, or remove it; or say with FROM which one is meant; there are: ${times//$'\n'/ }"
  return 1
}

# Clocks of two nodes are never quite the same.
is_past() {
  local latest
  TZ=UTC printf -v latest '%(%Y-%m-%dT%H-%M-%SZ)T' "$((EPOCHSECONDS + 3600))"
  [[ $1 < $latest ]]
}

# Of whom there are backups of the database of service $1, under a name that no service has now.
tell_of_former() {
  local database former
  database=$(LC_ALL=C awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$BACKUP/scripts/services.tsv")
  while IFS= read -r former; do
    echo "HINT:  there are backups of $former, whose database was $database: if it was called so, move them on the volume from the folder $former to $1"
  done < <(grep --no-messages --files-with-matches --line-regexp --fixed-strings "    \"database\": \"$database\"," "$BACKUPS"/*/*Z/backup.json |
    sed --regexp-extended 's|/[^/]*/backup.json$||; s|.*/||' | sort --unique | grep --invert-match --line-regexp --fixed-strings --file=<(cut --fields=1 "$BACKUP/scripts/services.tsv"))
}

# Whether all of it is as it was written.
check_files() {
  (cd "$backup" && sha256sum --quiet --check checksums)
}

check_backup() {
  check_files || return
  grep --quiet '^    "schemaFiles": ' "$backup/backup.json" || { refuse 'its backup.json is not as a backup writes it'; return; }
  names_its_own
}

# Whether pg_restore reads nothing but this dump. Whoever writes to the volume, or to a copy, can write anything: what a dump names may lie anywhere in this pod, beside
# its passwords, and comes into the service's database.
names_its_own() {
  local toc
  toc=$(od --address-radix=n --output-duplicates --format=u1 --width=64 "$backup/dump/toc.dat" | awk -f "$BACKUP/scripts/named-files.awk") || { refuse "its dump has $toc"; return; }
  if [[ -n $(find "$backup" '(' ! -type f ! -type d -o -name 'blobs*.toc?*' ')' -print -quit) ]] ||
    grep --quiet --no-messages --invert-match --extended-regexp '^[0-9]+ blob_[0-9]+\.dat$' "$backup"/dump/blobs*.toc; then
    refuse 'its dump leads to files that are not its own'
  fi
}

refuse() {
  echo "ERROR:  $1, so somebody changed it: restore another one, named with FROM"
  return 1
}

# A step in a session of the service, whose code may run in it without an end. All steps together may have one as well, the second $until of this script.
bounded() {
  local status=0 seconds=$SERVICE_SECONDS which=service began=$SECONDS
  if [[ -n ${until:-} ]] && ((until - SECONDS < seconds)); then seconds=$((until > SECONDS ? until - SECONDS : 1)) which=total; fi
  timeout --kill-after=10 "$seconds" "$@" || status=$?
  # Somebody else's signal looks like that of timeout.
  if ((status == 137 && SECONDS - began < seconds)); then
    echo "ERROR:  $1 was killed, most often because its pod has less memory than it needs (backup.resources)" >&2
  elif ((status == 124 || status == 137)); then
    echo "ERROR:  $1 did not end in $seconds s (backup.deadlines.$which)" >&2
  fi
  return "$status"
}

# Writes the document $2 into the file $3 as provisioning should read it for service $1.
as_dumped() {
  printf '%s\n' "$2" >"$HERE/desired.json" &&
    DESIRED=$HERE/desired.json MANIFEST=$backup/backup.json as_admin --set=name="$1" --file="$BACKUP/scripts/as-dumped.psql" >"$3" && return
  echo "backup.json of backup ${backup##*/} was not understood; if somebody changed it, restore another one, named with FROM"
  return 1
}

# What is in a dump runs when it is restored, and it is the service's: so its own login restores. Comments on extensions are the extension's, and statistics hold
# values that a mask may take out. No statement waits for the disk: the one by which the admin puts all in place does, and with it all before.
restore() {
  bounded psql "${ROWS_ONLY[@]}" --command='SELECT current_user' --file="$BACKUP/scripts/made.psql" >"$HERE/made" && read -r owner <"$HERE/made" && sed --in-place 1d "$HERE/made" || return
  pg_restore --list "$backup/dump" >"$HERE/objects" &&
    grep --invert-match --extended-regexp --file="$HERE/made" --regexp="^[0-9]+; [0-9]+ [0-9]+ (COMMENT - EXTENSION${mask:+|STATISTICS DATA}) " "$HERE/objects" | leave_out_foreign >"$HERE/list" &&
    PGOPTIONS="$PGOPTIONS -c synchronous_commit=off" bounded pg_restore --no-password --no-owner --exit-on-error --jobs=2 --use-list="$HERE/list" --dbname="$PGDATABASE" "$backup/dump" && return
  tell_of_words
  return 1
}

# Default privileges of a login beside $owner are for what that one makes; each may set its own at any time, and nobody else may.
leave_out_foreign() {
  awk -v owner="$owner" '
    /^([0-9]+; [0-9]+ [0-9]+ )?DEFAULT ACL / && $NF != owner { next }
    /^ALTER DEFAULT PRIVILEGES FOR ROLE / { role = $6; gsub(/"/, "", role); if (role != owner) next }
    { print }'
}

# Backups of former versions have names as they are.
is_quoted() {
  grep --quiet '^ *"quoted": true' "$backup/backup.json"
}

tell_of_words() {
  local from to
  ! is_quoted || return 0
  from=$(sed --quiet --regexp-extended 's/^ *"server": "([0-9]+).*/\1/p' "$backup/backup.json")
  to=$(psql "${ROWS_ONLY[@]}" --command="SELECT current_setting('server_version_num')::integer / 10000") || return
  [[ $from == "$to" ]] ||
    echo "HINT:  it is of PostgreSQL $from, by a version that put no quotes around names, and $to reserves more words: if that is what is wrong, bring it back on a server of $from, and upgrade that (docs/upgrade.md)"
}

# The rows, and meanwhile the statements, both when all was restored: what is in a dump could change rows until then. What is given as arguments runs meanwhile.
compare() {
  local counting meanwhile status=0 encoding whole=(pg_dump --no-password --schema-only --format=custom --exclude-schema=shared_postgresql)
  pg_restore --schema-only --file=- "$backup/dump" >"$HERE/of-dump" || return
  encoding=$(sed -n "/^SET client_encoding = /{s/^[^']*'\([A-Z0-9_]*\)';$/\1/p;q}" "$HERE/of-dump")
  name_as_dumped
  count &
  counting=$!
  "$@" &
  meanwhile=$!
  list_statements || status=1
  wait "$meanwhile" || status=1
  wait "$counting" && ((status == 0)) && sort_all || return 1
  cmp --quiet "$backup/contents" "$HERE/contents" && cmp --quiet "$HERE/dumped" "$HERE/schema" && return
  echo 'what was restored is not what was dumped:'
  { diff --text "$backup/contents" "$HERE/contents"; diff --text "$HERE/dumped" "$HERE/schema"; } | grep '^[<>]' | head -n 20
  return 1
}

# Whatever is compared with the dump.
name_as_dumped() {
  ! is_quoted || { whole+=(--quote-all-identifiers) && PGOPTIONS+=' -c quote_all_identifiers=on'; }
}

# What a former version calls the hash of rows in the contents $1; nothing for those of this one.
name_former_hash() {
  sed -n --regexp-extended 's/^\{"table" .*, "(checksum|hash|values)" : "-?[0-9]+"\}$/\1/p;T;q' "$1"
}

# Rows by the hash that the backup has. Then sequences, in the same session.
count() {
  local former
  former=$(name_former_hash "$backup/contents")
  PGCLIENTENCODING=$encoding bounded psql "${ROWS_ONLY[@]}" ${former:+--set=former="$former"} --set=contents="$HERE/contents" --set=sequences="$HERE/sequences" \
    --command='\o :contents' --file="$BACKUP/scripts/contents.psql" --command='\o :sequences' --file="$BACKUP/scripts/sequences.psql"
}

# Every line that makes what is not rows, of both as pg_restore writes it, in the encoding of the dump. The order of privileges, and of what has no order, is not the same.
list_statements() {
  local -x PGCLIENTENCODING=$encoding
  bounded "${whole[@]}" --file="$HERE/restored" && pg_restore --schema-only --file=- "$HERE/restored" >"$HERE/of-restored" || return
  # Another major writes the same in other words: views with other names of columns, say.
  if [[ $(major_of "$HERE/of-dump") != "$(major_of "$HERE/of-restored")" ]]; then
    list_objects "$backup/dump" >"$HERE/of-dump" && list_objects "$HERE/restored" >"$HERE/of-restored" || return
  fi
  list_sequences >>"$HERE/of-dump"
}

sort_all() {
  sort_statements "$HERE/of-dump" >"$HERE/dumped" && sort_statements "$HERE/of-restored" "$HERE/sequences" >"$HERE/schema"
}

# The server's, at the head of what pg_dump writes as text.
major_of() {
  sed -n '/^-- Dumped from database version /{s/^[^0-9]*\([0-9]*\).*/\1/p;q}' "$1"
}

# What dump $1 makes, by kind, name and owner, as every major lists it.
list_objects() {
  pg_restore --list "$1" | sed --regexp-extended '/^[0-9]+; /!d; s/^[0-9]+; [0-9]+ [0-9]+ //
    /^(TABLE DATA|SEQUENCE SET|STATISTICS DATA|MATERIALIZED VIEW DATA|BLOBS?|BLOB METADATA|COMMENT - EXTENSION|(ACL|COMMENT|SECURITY LABEL) - LARGE OBJECTS?) /d'
}

# The lines of the dump that set sequences.
list_sequences() {
  grep --extended-regexp '^[0-9]+; [0-9]+ [0-9]+ SEQUENCE SET ' "$HERE/objects" >"$HERE/list" || return 0
  pg_restore --use-list="$HERE/list" --file=- "$backup/dump" | sed '/^SELECT pg_catalog\.setval(/,$!d'
}

# Of these files.
sort_statements() {
  grep --no-filename --invert-match --extended-regexp '^(--|\\(un)?restrict |REFRESH MATERIALIZED VIEW |$)' "$@" | leave_out_foreign | LC_ALL=C sort
}

# What the planner goes by, of all that there is, whatever it was made of before.
analyze_anew() {
  PGOPTIONS="$PGOPTIONS -c client_min_messages=error" bounded psql "${ROWS_ONLY[@]}" --command='ANALYZE'
}

# How many tables and sequences were compared.
count_contents() {
  cat "$HERE/contents" "$HERE/sequences" | grep --count --extended-regexp '^(\{"table"|SELECT pg_catalog\.setval\()'
}
