# What is printed of somebody's words: each line under the name of whom it is about, without the place in psql's script, control characters,
# those that turn text around and those that nobody sees written out, and no more than a person reads. Reads all of its input, so that whoever writes it is
# never stopped. Variables: name, or nothing; most, the lines that are printed; marked, when a line `@@ <name>` says who comes next; files, what the paths
# of its schema files begin with.
marked && /^@@ [a-z0-9-]+$/ {
  # What one of them said is nothing to the next.
  if (held) tell()
  file = ""
  inQuery = inDetail = 0
  name = $2
  next
}

# Of an error in a schema file psql shows the line, as wide as a screen, and then the whole statement.
/^psql:[^ ]*: / { inQuery = 0 }

# What comes now is tried, since something failed.
!marked && /^@@ trial$/ {
  if (held) tell()
  trial = 1
  inQuery = inDetail = 0
  next
}
inQuery { next }
/^QUERY:  / && file {
  inQuery = 1
  if (substr($0, 9) != lineAt(line)) excerpt = ""
  next
}

# It may hold a row.
/^DETAIL:  / && file { inDetail = 1; next }
inDetail && !/^(psql:[^ ]*: |HINT:  |CONTEXT:  |LINE [0-9]*: )/ { next }
{ inDetail = 0 }

# Where the statement stands that runs now; an error does not say so.
/^psql:[^ ]*: INFO:  at [^ ]*:[0-9]*:[0-9]*$/ {
  if (held) tell()
  split($NF, at, ":")
  file = at[1]
  line = at[2]
  column = at[3]
  next
}

held && !count && /^LINE [0-9]*: / && excerpt == "" {
  match($0, /^LINE [0-9]*: /)
  excerpt = substr($0, RLENGTH + 1)
  row = $2 + 0
  indent = RLENGTH
  next
}
held && indent {
  caret = substr($0, indent + 1)
  indent = 0
  next
}
held && (/^HINT:  / || count && !/^psql:/ && !/^ERROR:  /) {
  if (!most || count < most) rest[++count] = $0
  next
}

held { tell() }

trial && !/^psql:[^ ]*: ERROR:  / {
  if (/^psql:left: not tried: / && index(known, $6 ":") != 1) take($0)
  next
}

/^schema file / {
  file = $3
  sub(/,$/, "", file)
  line = 0
}

/^psql:[^ ]*: ERROR:  / && file && !/: ERROR:  schema file / {
  held = $0
  next
}

{ take($0) }

END {
  if (held) tell()
  if (trials > mostTrials) take("  and " trials - mostTrials " more")
  if (!most || lines <= most) exit
  if (lines - 5 > most) print (name ? name ": " : "") "... " lines - 5 - most " lines are left out"
  for (i = lines - 5 > most ? lines - 4 : most + 1; i <= lines; i++) say(last[i % 5])
}

# The error with its place, the line with a caret below the place, and the server's hint.
function tell(    place) {
  place = file
  if (line && excerpt == "") place = file ":" line ":" column
  if (line && excerpt != "") place = file ":" (line + row - 1) ":" columnOf(lineAt(line + row - 1))
  if (trial) tellTrial(place)
  else tellError(place)
  held = excerpt = ""
  count = 0
}

function tellError(place,    i) {
  sub(/: ERROR:  /, ": ERROR:  " place ": ", held)
  known = messageOf(held)
  take(held)
  if (line && excerpt != "") {
    take("    " excerpt)
    take("    " caret)
  }
  for (i = 1; i <= count; i++) take(rest[i])
}

# One line for each, but for the one that is known, and for what only a trial fails of: it waits for nobody, is one transaction, and may set no sequence.
function tellTrial(place,    message) {
  message = messageOf(held)
  if (place ": " message == known || message ~ /^(canceling statement due to |unsafe use of new value |permission denied for sequence )|because it has pending trigger events$/) return
  if (++trials > mostTrials) return
  if (trials == 1) take("tried in a transaction that was rolled back, these fail as well, perhaps because of what failed before:")
  take("  " place ": " message)
}

function messageOf(text) {
  sub(/^psql:[^ ]*: ERROR:  /, "", text)
  return text
}

# In characters, from 1. What psql leaves out at the beginning of a wide line is found in the line itself.
function columnOf(text,    shown, cut) {
  shown = index(caret, "^") - 1
  if (substr(excerpt, 1, 3) != "...") return shown + 1
  cut = substr(excerpt, 4)
  sub(/\.\.\.$/, "", cut)
  gsub(/\t/, " ", text)
  text = substr(text, 1, index(text, cut) - 1)
  gsub(/[\200-\277]/, "", text)
  return length(text) + shown - 2
}

function lineAt(number,    path, text, i) {
  # A service's own words may look like the server's, and be many: each look reads the file from its beginning.
  if (file ~ /\// || ++looks > 50) return ""
  path = files file
  for (i = 0; i < number && (getline text < path) > 0; i++);
  close(path)
  return i == number ? text : ""
}

function take(text) {
  if (text == "") return
  lines++
  last[lines % 5] = text
  if (most && lines > most) return
  say(text)
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
  mostTrials = 20
  for (byte = 1; byte < 256; byte++) ord[sprintf("%c", byte)] = byte
  unprintable = "[\001-\010\013-\037\177]|\302[\200-\237\255]|\330\234|\341\205[\237\240]|\341\240[\213-\217]"
  unprintable = unprintable "|\342\200[\213-\217\250-\256]|\342\201[\240-\257]|\343\205\244"
  unprintable = unprintable "|\357\273\277|\357\276\240|\357\277[\271-\273]|\363\240[\200-\277][\200-\277]"
}
