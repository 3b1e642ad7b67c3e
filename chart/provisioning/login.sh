# Reading a password from its mounted file and handing it to libpq, without an argument or an environment variable.

# Why there may be no password at all; start.sh of the server says it as well.
WITHOUT_PASSWORDS='If the chart was rendered without a cluster to look into, as by helm template and Argo CD, it made no passwords: set auth.passwords to derived, externalSecret or existingSecret, install with Helm itself, or allow it for a first install with auth.generatedWithoutCluster; with deploy, the command of that name makes them'

# Reads the one line of the file $1 into REPLY; fails when it is missing, empty or longer than a line.
read_password() {
  REPLY=
  [[ -r $1 ]] || return 1
  IFS= read -r -d '' REPLY <"$1" || true
  REPLY=${REPLY%$'\n'}
  [[ -n $REPLY && $REPLY != *$'\n'* ]]
}

# Writes password $2 of role $1 to the file $3, in the form that libpq's PGPASSFILE wants.
write_passfile() {
  local escaped=${2//\\/\\\\}
  printf '*:*:*:%s:%s\n' "$1" "${escaped//:/\\:}" >"$3"
}

# Finds the certificate in the folder $1 that the login must show: CERTIFICATE and KEY are its files, empty for a login that shows none. The key is copied to
# $2, because libpq takes none that others may read.
find_certificate() {
  CERTIFICATE='' KEY=''
  [[ -r $1/tls.crt && -r $1/tls.key ]] || return 0
  cat "$1/tls.key" >"$2"
  CERTIFICATE=$1/tls.crt KEY=$2
}
