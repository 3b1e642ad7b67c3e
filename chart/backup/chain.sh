# Base backups that hold only what changed since a full one, and have its time in the file full. Sourced by what makes and by what unpacks them.

# So old a full one is when the next is made, in days: the server forgets after ten what changed (wal_summary_keep_time).
FULL_DAYS=7

# The time of the full base backup on which this one can lie, in $full; empty when it is to be a full one. $folder is where they are, $server the number of
# the server. None lies on what could not be recovered.
choose_full() {
  local oldest all=("$folder"/[0-9]*Z) i
  [[ $(show summarize_wal) == on && ! -f ${all[-1]}/failed ]] || return 0
  # Half an hour less, as where it is found out whether one is due.
  name_time "$((EPOCHSECONDS - FULL_DAYS * 86400 + 1800))" && oldest=$REPLY
  for ((i = ${#all[@]} - 1; i >= 0; i--)); do
    if [[ ! -d ${all[i]} || -f ${all[i]}/full ]]; then continue; fi
    if [[ ${all[i]##*/} > $oldest && $(<"${all[i]}/server") == "$server" ]]; then full=${all[i]##*/}; fi
    return 0
  done
}

# What the server says of a setting; nothing when it knows none of that name.
show() {
  psql --no-psqlrc --no-password --quiet --no-align --tuples-only --dbname=replication=true --command="SHOW $1" 2>/dev/null
}

# What the server of base backup $base held, in $data; $HERE has room for all of it twice.
lay_out_data() {
  local full how=()
  if [[ ! -f $base/full ]]; then
    unpack "$base" "$data"
    return
  fi
  find_full && (backup=$full && check_files) && unpack "$full" "$HERE/full" && unpack "$base" "$HERE/changes" &&
    cp "$full/base/backup_manifest" "$HERE/full" && cp "$base/base/backup_manifest" "$HERE/changes" || return
  # From 18 on what did not change is not copied.
  if [[ $(pg_combinebackup --help) == *--link* ]]; then how+=(--link); fi
  pg_combinebackup --no-sync "${how[@]}" --output="$data" "$HERE/full" "$HERE/changes" && pg_verifybackup --quiet --no-parse-wal "$data" && rm -rf "$HERE/full" "$HERE/changes"
}

# The folder of the base backup on which $base lies, in $full. Whoever writes to the volume can write anything.
find_full() {
  full=$(<"$base/full")
  if [[ $full =~ ^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(-[0-9]{2}){2}Z$ && -f ${base%/*}/$full/checksums ]]; then
    full=${base%/*}/$full
    return
  fi
  printf 'ERROR:  base backup %s lies on another that is not there: %.40q\n' "${base##*/}" "$full"
  return 1
}
