# By which key a remote of the kind crypt encrypts, so that a wrong password is told and not taken for a place without copies. Sourced by what copies and by what
# brings back, in rclone's image, so in any shell.

# The key is known by what it makes of one name, as anybody sees of other names who sees the place: $key, empty where names are not encrypted. In $wrapped the place
# itself, and in $keys those by which copies were made that are there.
find_key() {
  wrapped='' keys=''
  key=$(rclone cryptdecode --reverse "${TO%%:*}:" key 2>/dev/null | awk '{ print substr($2, 1, 16) }' | list_keys)
  [ -n "$key" ] || return 0
  wrapped=$(rclone config show "${TO%%:*}" | sed -n 's/^remote = //p')
  keys=$(rclone lsf --files-only --include '/key-*' "$wrapped" 2>/dev/null | sed 's/^key-//' | list_keys | tr '\n' ' ')
}

# Whoever writes to the place can write anything.
list_keys() {
  grep -x '[A-Za-z0-9_-]\{16\}'
}

is_known() {
  case " $keys" in *" $key "*) return 0 ;; *) return 1 ;; esac
}

# Writes down, where anybody can read it, that copies are made by this key.
note_key() {
  find_key
  if [ -z "$wrapped" ] || is_known; then return 0; fi
  echo "$key" | rclone rcat "$wrapped/key-$key" || return 0
  echo "server: copies are encrypted by key $key"
  [ -z "$keys" ] || echo "WARNING: there are copies of another key as well: ${keys% }. They need the password of then; keep it as long as you want them"
}

# Whether copies can be there that this key opens. Those of former versions say nothing.
check_key() {
  find_key
  if [ -z "$keys" ] || is_known; then return 0; fi
  echo "server: ERROR:  the copies are encrypted by key ${keys% }, and the password in rclone.conf makes key $key; give the one of then (password and password2, by rclone obscure)" >&2
  return 1
}
