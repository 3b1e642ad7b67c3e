# A server of this pod, in $HERE/data, that nobody else can reach and that ends with the run. Sourced by what starts one.
. "$PROVISIONING/scripts/programs.sh"

# PostgreSQL wants a name for the user that it runs as; the image has a library that makes one up.
name_the_user() {
  local library
  getent passwd "$(id -u)" >/dev/null && return
  printf 'postgres:x:%s:%s::/:/bin/false\n' "$(id -u)" "$(id -g)" >"$HERE/passwd"
  printf 'postgres:x:%s:\n' "$(id -g)" >"$HERE/group"
  for library in /usr/lib/*/libnss_wrapper.so; do
    export LD_PRELOAD=$library NSS_WRAPPER_PASSWD=$HERE/passwd NSS_WRAPPER_GROUP=$HERE/group
  done
}

make_password() {
  mkdir -p "$1" && head -c 24 /dev/urandom | base64 >"$1/password"
}

stop_server() {
  pg_ctl --pgdata="$HERE/data" --mode=immediate stop >/dev/null 2>&1
}
