# Prints what the data in $FORMER takes, what its volume has left, and what an upgrade wants there, in MiB. The dumps are packed, and the databases as large as
# before at most: as much again and half of it has been enough.
used=$(du --summarize --block-size=1M --exclude=pg_wal "$FORMER" | cut -f 1) && free=$(df --output=avail --block-size=1M "${FORMER%/*/*}" | tail --lines=1) &&
  echo "$used $((free)) $((used * 3 / 2 + 256))"
