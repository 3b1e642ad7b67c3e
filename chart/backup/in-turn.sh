# When each service has its turn and how long it may take, so that those which never end keep no other from its own. Sourced by what does something for
# one service after the other: $WORKERS at once, each in $MOST_SECONDS at most, and all of them until $UNTIL, in seconds since 1970, if that is given. How
# long a service took the last time stands in the file $RECORD of its folder.

# How long each of $1 services may take that have not had their turn yet, in REPLY. 0 when no time is left.
share() {
  local each
  REPLY=$MOST_SECONDS
  [[ -n ${UNTIL:-} ]] || return 0
  each=$(((UNTIL - EPOCHSECONDS) / (($1 + WORKERS - 1) / WORKERS)))
  ((each >= REPLY)) || REPLY=$((each > 0 ? each : 0))
}

# The lines that are given as arguments and begin with a service's name: as they are, but those at the end, the quickest first, that would take more than
# their share.
in_turn() {
  local line took
  (($# > 0)) || return 0
  share "$#"
  for line in "$@"; do
    took=0
    { read -r took <"$BACKUPS/${line%%$'\t'*}/$RECORD"; } 2>/dev/null || true
    # Whoever writes to the volume can write anything.
    [[ $took =~ ^[1-9][0-9]{0,8}$ ]] && ((took >= REPLY)) || took=0
    printf '%s\t%s\n' "$took" "$line"
  done | sort --stable -k 1,1n | cut --fields=2-
}

# That service $1 took $2 seconds. One that was ended has no end.
remember() {
  { echo "$2" >"$BACKUPS/$1/$RECORD"; } 2>/dev/null || true
}

# Whether a command that ended with $1 was ended by timeout.
was_ended() {
  (($1 == 124 || $1 == 137))
}
