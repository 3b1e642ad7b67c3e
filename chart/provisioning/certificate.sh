# Whether the server serves the certificate that its Secret has, and for how long. Sourced after server.sh; the certificate that it should serve is
# mounted beside the authority, $PGSSLROOTCERT.

# The certificate that the server serves, whoever signed it; nothing when none can be had.
served_certificate() {
  timeout 20 openssl s_client -starttls postgres -connect "$SERVER:$PGPORT" </dev/null 2>/dev/null | openssl x509 2>/dev/null || true
}

# Fails when another is served than the Secret has. The kubelet brings a new one to the server's pod within some two minutes, where watch.psql has it read.
check_certificate() {
  local wanted served waited=
  with_tls || return 0
  if ! hash openssl 2>/dev/null; then
    echo 'server: the image has no openssl, so nobody looked which certificate it serves, and until when'
    return
  fi
  while
    wanted=$(openssl x509 -in "${PGSSLROOTCERT%/*}/tls.crt" 2>/dev/null) || wanted=
    served=$(served_certificate)
    [[ -z $wanted || $wanted != "$served" ]]
  do
    if ((SECONDS >= ${WAIT_SECONDS:-300})); then
      echo 'server: it serves another certificate than its Secret has: look at its log, which says why it did not take it; key and certificate may not belong together' >&2
      return 1
    fi
    waited=yes
    sleep 1
  done
  [[ -z $waited ]] || echo "server: serves its new certificate, without a restart; it ends on $(openssl x509 -noout -enddate <<<"$served" | cut --delimiter== --fields=2)"
  warn_of_end <<<"$served"
}

# Says when the last third of the certificate's life has begun, in which somebody should have renewed it.
warn_of_end() {
  local dates begin end
  dates=$(openssl x509 -noout -startdate -enddate)
  begin=$(date --date="$(sed --quiet 's/^notBefore=//p' <<<"$dates")" +%s)
  end=$(date --date="$(sed --quiet 's/^notAfter=//p' <<<"$dates")" +%s)
  ((EPOCHSECONDS > end - (end - begin) / 3)) || return 0
  echo "WARNING: the server's certificate ends on $(date --utc --date="@$end" '+%Y-%m-%d %H:%M UTC'), and nobody renewed it: with tls.mode generated helm upgrade does, else look at cert-manager or at your Secret" >&2
}
