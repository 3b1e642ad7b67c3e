# Whether the server serves the certificate that its Secret has, and for how long. Sourced after server.sh; the certificate that it should serve is
# mounted beside the authority, $PGSSLROOTCERT.

# Reads the first certificate of the text $1 into REPLY, as one line, or nothing: openssl would take longer than all else here.
certificate_of() {
  REPLY=
  [[ $1 == *-----BEGIN\ CERTIFICATE-----* ]] || return 0
  REPLY=${1#*-----BEGIN CERTIFICATE-----}
  REPLY=${REPLY%%-----END*}
  REPLY=${REPLY//[[:space:]]/}
}

# Reads the certificate that the Secret has, the file $1, into REPLY; one in a form that few write is rewritten first.
read_wanted_certificate() {
  certificate_of "$(cat "$1" 2>/dev/null)"
  [[ -n $REPLY ]] || certificate_of "$(openssl x509 -in "$1" 2>/dev/null)"
}

# Reads the one that the server serves into REPLY. Whoever signed it: the authorities of the image need not be loaded.
read_served_certificate() {
  certificate_of "$(SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null timeout 20 openssl s_client -starttls postgres -connect "$SERVER:$PGPORT" </dev/null 2>/dev/null)"
}

# Fails when another is served than the Secret has; where others give the server its own ($CERTIFICATE_OF), that is their business. The kubelet brings a new
# one to the server's pod within some two minutes, where watch.psql has it read.
check_certificate() {
  local file wanted dates waited=
  with_tls && [[ ${CERTIFICATE_OF:-} != others ]] || return 0
  file=${PGSSLROOTCERT%/*}/tls.crt
  if ! hash openssl 2>/dev/null; then
    echo 'server: the image has no openssl, so nobody looked which certificate it serves, and until when'
    return
  fi
  while
    read_wanted_certificate "$file"
    wanted=$REPLY
    read_served_certificate
    [[ -z $wanted || $wanted != "$REPLY" ]]
  do
    if ((SECONDS >= ${WAIT_SECONDS:-300})); then
      echo 'server: it serves another certificate than its Secret has: look at its log, which says why it did not take it; key and certificate may not belong together' >&2
      return 1
    fi
    waited=yes
    sleep 1
  done
  dates=$(openssl x509 -noout -startdate -enddate -in "$file")
  [[ -z $waited ]] || echo "server: serves its new certificate, without a restart; it ends on ${dates##*=}"
  warn_of_ends "$dates"
}

# Says of whatever ends soon that nobody renewed it: of the server's certificate, and of those that logins show.
warn_of_ends() {
  local file login
  warn_of_end "$1" "the server's certificate ends" 'with tls.mode generated helm upgrade does, else look at cert-manager or at your Secret'
  for file in "$PROVISIONING"/passwords/*/tls.crt; do
    [[ -r $file ]] || continue
    login=${file%/tls.crt}
    warn_of_end "$(openssl x509 -noout -startdate -enddate -in "$file" 2>/dev/null)" "the certificate that ${login##*/} must show ends" \
      'then the server lets it in no more; renew the one in the Secret that clientCertificate names'
  done
}

# Says when the last third of a certificate's life has begun, in which somebody should have renewed it. $1 is what openssl says of its two ends, $2 what
# ends, $3 what to do.
warn_of_end() {
  local begin end
  [[ -n $1 ]] || return 0
  { IFS== read -r _ begin && IFS== read -r _ end; } <<<"$1"
  { read -r begin && read -r end; } < <(date --file=- +%s <<<"$begin"$'\n'"$end")
  ((EPOCHSECONDS > end - (end - begin) / 3)) || return 0
  echo "WARNING: $2 on $(date --utc --date="@$end" '+%Y-%m-%d %H:%M UTC'), and nobody renewed it: $3" >&2
}
