# What is printed of somebody's words: each line under the name of whom it is about, without the place in psql's script, control characters,
# those that turn text around and those that nobody sees written out, and no more than a person reads. Reads all of its input, so that whoever writes it is
# never stopped. Variables: name, or nothing; most, the lines that are printed; marked, when a line `@@ <name>` says who comes next.
marked && /^@@ [a-z0-9-]+$/ {
  name = $2
  next
}

# Where a statement stands that is sent by itself: an error of it does not say so.
/^psql:[^ ]*: INFO:  at [^ ]*:[0-9]*$/ {
  at = $NF
  next
}

/^psql:[^ ]*: ERROR:  / && at && !index($0, ": ERROR:  " at ": ") { sub(/: ERROR:  /, ": ERROR:  " at ": ") }

/^schema file / { at = "" }

{
  if ($0 == "") next
  lines++
  last[lines % 5] = $0
  if (most && lines > most) next
  say($0)
}

END {
  if (!most || lines <= most) exit
  if (lines - 5 > most) print (name ? name ": " : "") "... " lines - 5 - most " lines are left out"
  for (i = lines - 5 > most ? lines - 4 : most + 1; i <= lines; i++) say(last[i % 5])
}

function say(line) {
  sub(/^psql:[^ ]*: WARNING:  /, "", line) || sub(/^psql:[^ ]*: /, "", line) || sub(/^psql: error: /, "", line)
  sub(/^connection to server (at|on socket) .* failed: /, "", line)
  if (line == "" || line ~ /^Enter new password for user / || line ~ /^Enter it again: /) return
  print (name ? name ": " : "") printable(line)
  fflush()
}

function printable(text,    clean, bytes, i) {
  while (match(text, unprintable)) {
    clean = clean substr(text, 1, RSTART - 1)
    bytes = substr(text, RSTART, RLENGTH)
    for (i = 1; i <= length(bytes); i++) clean = clean sprintf("\\x%02x", ord[substr(bytes, i, 1)])
    text = substr(text, RSTART + RLENGTH)
  }
  return clean text
}

BEGIN {
  for (byte = 1; byte < 256; byte++) ord[sprintf("%c", byte)] = byte
  unprintable = "[\001-\010\013-\037\177]|\302[\200-\237\255]|\330\234|\341\205[\237\240]|\341\240[\213-\217]"
  unprintable = unprintable "|\342\200[\213-\217\250-\256]|\342\201[\240-\257]|\343\205\244"
  unprintable = unprintable "|\357\273\277|\357\276\240|\357\277[\271-\273]|\363\240[\200-\277][\200-\277]"
}
