#!/usr/bin/env bash
# Proves on the live server that every service opens its own database and no other: the plan is empty, inside the databases as
# well; the catalogs let no login connect elsewhere; and real logins get in where they must and nowhere else. Changes nothing.
# Exits with 0 only when all of it holds. Reads what provision.sh reads; $ATTEMPTS bounds the logins that are tried;
# $PASSWORDS is all, or sample when the passwords of some logins are not mounted.
set -euo pipefail
umask 077
. "$PROVISIONING/scripts/login.sh"
. "$PROVISIONING/scripts/admin.sh"
. "$PROVISIONING/scripts/certificate.sh"
export ATTEMPTS=${ATTEMPTS:-3000} PASSWORDS=${PASSWORDS:-all}
WORKERS=4

as_admin() {
  if psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=on --file="$1" </dev/null 2>"$WORK/errors"; then return; fi
  cat "$WORK/errors" >&2
  explain "$(cat "$WORK/errors")" >&2
  exit 1
}

# One real login, with the certificate in the folder $4. What psql says of a refusal is in REPLY, without the address and in one line: a service has a say in it, and in how long
# its password takes to be proven.
log_in() {
  local credential=$1 user=$2 database=$3 passfile=$WORK/$BASHPID.pgpass status=0
  : >"$passfile"
  if read_password "$PROVISIONING/passwords/$credential/password"; then write_passfile "$user" "$REPLY" "$passfile"; fi
  find_certificate "$4" "$WORK/$BASHPID.key"
  REPLY=$(PGOPTIONS='' PGSSLCERT=$CERTIFICATE PGSSLKEY=$KEY PGUSER=$user PGDATABASE=$database PGPASSFILE=$passfile \
    timeout --kill-after=1 "$PGCONNECT_TIMEOUT" psql --no-psqlrc --no-password --command='' 2>&1) || status=$?
  ((status == 0)) && return
  if ((status == 124 || status == 137)); then REPLY="it took longer than $PGCONNECT_TIMEOUT s"; fi
  REPLY=${REPLY##*FATAL:  }
  # Where libpq found the password is nobody's business.
  REPLY=${REPLY%%$'\n'password retrieved from file *}
  REPLY=${REPLY:0:2000}
  REPLY=${REPLY//$'\n'/\\x0a}
  return 1
}

# Tries every fourth line of attempts, beginning with line $1, and prints a line for each that ended as it must not.
try_logins() {
  local number=0 tried=0 kind service credential user database certificate
  while IFS=$'\t' read -r kind service credential user database; do
    ((number++ % WORKERS == $1)) || continue
    # Of very many services only a sample is mounted; that the others have their Secrets is what provisioning asks.
    [[ $kind$PASSWORDS == @(own|bare)sample && ! -e $PROVISIONING/passwords/$credential/password ]] && continue
    tried=$((tried + 1))
    certificate=$PROVISIONING/passwords/$credential
    [[ $kind != bare ]] || certificate=
    if log_in "$credential" "$user" "$database" "$certificate"; then
      case $kind in
        other) echo "$service: $user opens database $database, which is not its own" ;;
        bare) echo "$service: $user opens its database $database without a certificate: the server has an older pg_hba.conf than its ConfigMap; restart its pod" ;;
      esac
      continue
    fi
    case "$kind $REPLY" in
      'bare connection requires a valid client certificate'*) ;;
      'own too many connections for role'*) ;;
      own*) echo "$service: $user cannot open its database $database: $REPLY" ;;
      *'pg_hba.conf rejects connection'* | *'permission denied for database'*) ;;
      *) echo "$service: $user was not refused at the door of database $database: $REPLY" ;;
    esac
  done <"$WORK/attempts"
  echo "$tried" >"$WORK/tried.$1"
}

try_all_logins() {
  local worker workers=()
  for ((worker = 0; worker < WORKERS; worker++)); do
    try_logins "$worker" >"$WORK/worker.$worker" &
    workers+=("$!")
  done
  wait "${workers[@]}"
  for ((worker = 0; worker < WORKERS; worker++)); do
    cat "$WORK/worker.$worker"
    [[ -e $WORK/tried.$worker ]] || echo "server: one in $WORKERS logins was not tried; the pod was disturbed"
  done
}

# What is inside the databases, each for itself: what stops the look into one is a finding about its service.
look_inside() {
  PGOPTIONS="$PGOPTIONS -c statement_timeout=${SCHEMA_FILE_SECONDS:-600}s" \
    psql --no-psqlrc --no-password --quiet --file="$WORK/inside.psql" </dev/null 2>"$WORK/errors" || true
  LC_ALL=C awk -v marked=1 -f "$PROVISIONING/scripts/say.awk" "$WORK/errors"
}

main() {
  log_in_as_admin
  wait_for_server
  start_watch
  beside+=("$REPLY")
  as_admin "$PROVISIONING/scripts/verify.psql" >"$WORK/findings"
  look_inside >>"$WORK/findings"
  try_all_logins >>"$WORK/findings"
  if check_certificate 2>"$WORK/certificate"; then
    cat "$WORK/certificate" >>"$WORK/reported"
  else
    cat "$WORK/certificate" >>"$WORK/findings"
  fi
  LC_ALL=C awk -f "$PROVISIONING/scripts/say.awk" "$WORK/findings" "$WORK/reported"
  echo "tried $(($(cat "$WORK"/tried.* | paste -sd+))) times to log in; $(wc -l <"$WORK/findings") things are not as they must be"
  [[ ! -s $WORK/findings ]]
}

main
