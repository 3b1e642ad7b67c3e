# Keeps a server from filling its volume to the end, where it could not even start again, since it writes first. A file there takes some room as long as
# there is enough; it is for start.sh, which removes it before it starts a server that has none left. And when hardly any is left, the server takes no new
# data (reserve.psql) until there is room again, because the volume grew or somebody removed data. Sourced by watch.sh.

MIB=$((1024 * 1024))
# Four pieces of the write-ahead log: a server can recover with that. Of a volume below the other number that would be too much. start.sh has both as well.
LEAST=$((64 * MIB))
SMALLEST=$((512 * MIB))

# Prints what psql is to do about the volume, at each look.
heed_volume() {
  local blocks free unit reserve
  read -r blocks free unit < <(stat --file-system --format='%b %a %S' "$VOLUME") || return 0
  ((free *= unit, blocks *= unit, reserve = blocks / 20)) || true
  ((blocks >= SMALLEST)) || return 0
  ((reserve >= LEAST)) || reserve=$LEAST
  ((reserve <= 4 * LEAST)) || reserve=$((4 * LEAST))
  if ((free < LEAST)); then
    say_whether_full 1
  elif [[ -s $VOLUME/shared-postgresql.reserve ]]; then
    # What is removed comes back in pieces: it is not opened and closed for each.
    ((free < 2 * LEAST)) || say_whether_full 0
  elif ((free >= reserve + 2 * LEAST)); then
    take_room "$reserve"
    say_whether_full 0
  fi
}

say_whether_full() {
  printf '\\set full %s\n\\i %s\n' "$1" "$PROVISIONING/scripts/reserve.psql"
}

# Takes so many bytes, or none.
take_room() {
  local file=$VOLUME/shared-postgresql.reserve
  if fallocate --posix --length "$1" "$file.new"; then
    mv --force "$file.new" "$file"
  else
    rm --force "$file.new"
  fi
}
