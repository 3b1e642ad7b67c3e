#!/usr/bin/env bash
# Reads lines of a name, a client, a key and its text; logs in by each with psql and prints the first three with who that was, or why not.
set -u
ask="SELECT current_user || ' ' || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

connect() {
  case $1 in
    pgpass)
      (umask 077 && printf '%s\n' "$2" >passfile)
      IFS=: read -r host port database user _ <<<"$2"
      PGPASSFILE=passfile psql -XAtw -h "$host" -p "$port" -U "$user" -d "$database" -c "$ask"
      ;;
    environment)
      IFS=$'\x1f' read -r -a variables <<<"$2"
      env "${variables[@]}" psql -XAtw -c "$ask"
      ;;
    *) psql -XAtw -d "$2" -c "$ask" ;;
  esac 2>&1 | tr '\n\t' '  '
}

while IFS= read -r line; do
  IFS=$'\t' read -r name client key _ <<<"$line"
  text=${line#*$'\t'*$'\t'*$'\t'}
  printf '%s\t%s\t%s\t%s\n' "$name" "$client" "$key" "$(connect "$key" "$text" </dev/null)"
done
