# How a pod of the deployment meets its server. Sourced after login.sh; PGHOST and PGPORT name the server, $WORK is a folder of its own.

. "$PROVISIONING/scripts/programs.sh"
# No login waits for ever, and no password goes to a server that asks for it in clear text (libpq of 16 and later; see stand_between).
export PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=${CONNECT_SECONDS:-30} PGREQUIREAUTH=scram-sha-256
SERVER=$PGHOST
# Whether the server must speak TLS. Then one that is not the deployment's is known by its certificate or, where nobody looks at that, by what it does not
# know: the login is bound to the connection (PGCHANNELBINDING).
with_tls() {
  [[ ${PGSSLMODE:-} == @(require|verify-full) && $SERVER != /* ]]
}
# What runs beside the script, and ends with it.
beside=()
trap 'kill "${beside[@]}" 2>/dev/null || true' EXIT

wait_for_server() {
  local status=0
  while ((SECONDS < ${WAIT_SECONDS:-300})); do
    # It would log in as far as it is let, and needs no password to learn what it wants.
    if PGPASSFILE=$WORK/none pg_isready --quiet --timeout=5 --host="$SERVER"; then
      stand_between
      return
    else
      status=$?
    fi
    sleep 1
  done
  tell_of_waiting "$status" >&2
  exit 1
}

# Of a server whose certificate is another's, pg_isready ($1) says no more than of one that is not there.
tell_of_waiting() {
  local sentence
  if (($1 == 2)) && with_tls; then
    sentence=$(explain "$(PGPASSFILE=$WORK/none psql --no-psqlrc --no-password --command='' 2>&1 || true)")
    if [[ -n $sentence ]]; then
      echo "$sentence"
      return
    fi
  fi
  case $1 in
    1) echo "server: $SERVER:$PGPORT was still starting after ${WAIT_SECONDS:-300} s; look at the log of the server's pod" ;;
    *) echo "server: $SERVER:$PGPORT did not accept connections within ${WAIT_SECONDS:-300} s; look at the log of the server's pod" ;;
  esac
}

# A psql that would answer any request for a password meets the server by a socket of ours, behind which relay.pl lets only SCRAM pass.
stand_between() {
  local version tries
  # A socket is in a folder that only its owner writes, and every psql can insist on TLS.
  [[ $PGHOST == "$SERVER" && $SERVER != /* ]] && ! with_tls || return 0
  # Where Debian has it tells as much as psql itself, which would have to be started for it.
  hash psql
  version=${BASH_CMDS[psql]#/usr/lib/postgresql/}
  [[ $version == [0-9]* ]] || { version=$(psql --version) && version=${version##*) }; }
  version=${version%%/*}
  ((${version%%[!0-9]*} < 16)) || return 0
  perl "$PROVISIONING/scripts/relay.pl" "$WORK/.s.PGSQL.$PGPORT" "$SERVER" "$PGPORT" </dev/null >/dev/null &
  beside+=("$!")
  for ((tries = 0; tries < 500; tries++)); do
    if [[ -S $WORK/.s.PGSQL.$PGPORT ]]; then
      export PGHOST=$WORK
      return
    fi
    sleep 0.02
  done
  echo "server: psql of PostgreSQL $version cannot insist on SCRAM, and perl, which does it in its place, did not start; take the image postgres:<version>-bookworm, or psql 16 or later" >&2
  exit 1
}

# What is wrong with the server, in one sentence, if what was said of it ($1) tells. What stands between the first quote of a line and the last
# tells nothing: services choose some of the names, and nobody doubles the quotes in them.
explain() {
  local words sentence
  set -- "$(sed --regexp-extended 's/connection to server (at "[^"]*"( \([^)]*\))?, port [0-9]+|on socket "[^"]*") failed: //g; s/".*"//' <<<"$1")"
  while IFS=$'\t' read -r words sentence; do
    if [[ $1 == *"$words"* ]]; then
      echo "$sentence"
      return
    fi
  done <"$PROVISIONING/scripts/sentences.tsv"
}
