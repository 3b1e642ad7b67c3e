# The sessions of one service's login, in which its database is dumped, restored and looked at. Sourced after login.sh.

# Hands the login $3, for database $2, to libpq, with the password in the folder $1. What the service set for its own sessions does not reach
# these, how a value is written depends on nobody's settings, and the server notices when this pod was killed.
log_in() {
  read_password "$1/password" || { echo "its Secret is missing or has no usable key 'password' (one line, not empty)"; return 1; }
  export PGDATABASE=$2 PGUSER=$3 PGPASSFILE=$WORK/$2.pgpass PGAPPNAME=shared-postgresql-backup
  export PGOPTIONS="-c search_path=pg_catalog,pg_temp -c row_security=off -c client_min_messages=warning \
-c statement_timeout=0 -c lock_timeout=60s -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0 -c client_connection_check_interval=2s \
-c default_transaction_read_only=off \
-c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC -c bytea_output=hex -c extra_float_digits=1 -c lc_monetary=C -c xmloption=content -c quote_all_identifiers=off"
  write_passfile "$3" "$REPLY" "$PGPASSFILE"
  find_certificate "$1" "$WORK/$2.key"
  # An empty name stands for the one in the home of whoever runs this.
  export PGSSLCERT=${CERTIFICATE:-$WORK/none} PGSSLKEY=$KEY
}

# Backs service $1 up by service.sh, which is given all that this is. A service that blocks its own dump has its time, and no other's.
back_up_in_time() {
  local status=0
  timeout --kill-after=10 "$SERVICE_SECONDS" bash "$BACKUP/scripts/service.sh" "$@" || status=$?
  if ((status == 124 || status == 137)); then echo "$1: ERROR:  its backup did not end in $SERVICE_SECONDS s; nothing of it is kept"; fi
  return "$status"
}

# psql prints rows and nothing else.
ROWS_ONLY=(--no-psqlrc --no-password --quiet --no-align --tuples-only --set=ON_ERROR_STOP=on)

# Prints what was said about service $1 under its name, bounded in size and with control characters written out.
tidy() {
  LC_ALL=C fold -b -w 2000 | LC_ALL=C awk -v name="$1" -v most=300 -f "$PROVISIONING/scripts/say.awk"
}
