# How a backup comes to its name: it is made under another one, and has its own when all of it was written and read back. $folder is where the backups
# of one service, or of the whole server, are; $unfinished and $time are set here.

take_the_folder() {
  mkdir -p "$folder" && exec {lock}>"$folder/.lock" || return 1
  flock --nonblock "$lock" || { echo 'ERROR:  another backup of it is being made'; return 1; }
  name_the_time
  rm -rf "$folder"/.unfinished.* && unfinished=$(mktemp --directory "$folder/.unfinished.XXXXXX")
}

# The name of one that is there is not taken again.
name_the_time() {
  while time=$(date --utc +%Y-%m-%dT%H-%M-%SZ) && [[ -e $folder/$time ]]; do sleep 0.2; done
}

# Of what is named, in the folder that is unfinished. Whoever finds them finds all of it.
write_checksums() {
  (cd "$unfinished" && find "$@" -type f -print0 | sort --zero-terminated | xargs -0 sha256sum >checksums)
}

# The name appears only when all that it names is on the disk.
publish() {
  find "$unfinished" -print0 | xargs -0 sync && mv --no-target-directory "$unfinished" "$folder/$time" && sync "$folder"
}

# Those that are older than $KEEP_DAYS go, but never the newest $KEEP_LEAST. It runs only after a newer one was published.
remove_old() {
  local old oldest
  oldest=$(date --utc --date="-$KEEP_DAYS days" +%Y-%m-%dT%H-%M-%SZ)
  while read -r old; do
    if [[ $old < $oldest ]]; then rm -rf "${folder:?}/$old"; fi
  done < <(cd "$folder" && printf '%s\n' [0-9]*Z | sort --reverse | tail --lines="+$((KEEP_LEAST + 1))")
}
