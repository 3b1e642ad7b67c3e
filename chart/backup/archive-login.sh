# The login that receives the write-ahead log and makes base backups. Sourced after login.sh; it opens no database, so nothing of a service runs in its
# sessions.

# The login, and the slot by which the server keeps what was not received yet.
export PGUSER=shared_postgresql_archive
unset PGDATABASE

log_in_as_archive() {
  export PGPASSFILE=$WORK/archive.pgpass PGAPPNAME=shared-postgresql-archive
  read_password "$PROVISIONING/passwords/+archive/password" || { echo "the archive's Secret has no usable key 'password' (one line, not empty)"; return 1; }
  write_passfile "$PGUSER" "$REPLY" "$PGPASSFILE"
}

# The number that initdb gave the server, in REPLY: another server's log never continues this one's. In POSITION, the timeline and the two halves of how far
# its log goes.
identify_server() {
  REPLY=$(psql --no-psqlrc --no-password --quiet --no-align --tuples-only --dbname=replication=true --command=IDENTIFY_SYSTEM) || return
  [[ $REPLY =~ ^([0-9]+)\|([0-9]+)\|([0-9A-F]+)/([0-9A-F]+)\| ]] || return
  REPLY=${BASH_REMATCH[1]} POSITION=("${BASH_REMATCH[@]:2}")
}
