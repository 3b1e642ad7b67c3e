# How a backup comes to its name: it is made under another one, and has its own when all of it was written and read back. $folder is where the backups
# of one service, or of the whole server, are; $unfinished and $time are set here.

take_the_folder() {
  { [[ -d $folder ]] || mkdir -p "$folder"; } && exec {lock}>"$folder/.lock" || return 1
  flock --nonblock "$lock" || { echo 'ERROR:  another backup of it is being made'; return 1; }
  name_the_time
  { ! compgen -G "$folder/.unfinished.*" >/dev/null || rm -rf "$folder"/.unfinished.*; } && unfinished=$(mktemp --directory "$folder/.unfinished.XXXXXX")
}

# The name of one that is there is not taken again.
name_the_time() {
  while name_time "$EPOCHSECONDS" && time=$REPLY && [[ -e $folder/$time ]]; do sleep 0.2; done
}

# How a backup of that second is called, in REPLY.
name_time() {
  TZ=UTC printf -v REPLY '%(%Y-%m-%dT%H-%M-%SZ)T' "$1"
}

# Of the files in folder $1 of what is unfinished, and of the others there that are named. Whoever finds them finds all of it.
write_checksums() {
  (cd "$unfinished" && printf '%s\0' "$1"/* "${@:2}" | xargs -0 sha256sum >checksums)
}

# The name appears only when all that it names is on the disk.
publish() {
  printf '%s\0' "$unfinished" "$unfinished"/* "$unfinished"/*/* | xargs -0 sync && mv --no-target-directory "$unfinished" "$folder/$time" && sync "$folder"
}

# Those that are older than $KEEP_DAYS go, but never the newest $KEEP_LEAST, nor what one that is kept lies on: so the newest goes first. It runs only after
# a newer one was published.
remove_old() {
  local oldest all=("$folder"/[0-9]*Z) i
  name_time "$((EPOCHSECONDS - KEEP_DAYS * 86400))" && oldest=$REPLY
  for ((i = ${#all[@]} - KEEP_LEAST - 1; i >= 0; i--)); do
    if [[ ${all[i]##*/} < $oldest ]] && ! is_lain_on "${all[i]##*/}"; then rm -rf "${all[i]}"; fi
  done
}

# Whether an incremental base backup lies on the one of $1.
is_lain_on() {
  grep --quiet --no-messages --line-regexp --fixed-strings "$1" "$folder"/[0-9]*Z/full
}
