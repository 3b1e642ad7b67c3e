# What is printed of somebody's words: each line under the name of whom it is about, without the place in psql's script, control characters
# and those that turn text around written out, and no more than a person reads. Reads all of its input, so that whoever writes it is
# never stopped. Variables: name, or nothing; most, the lines that are printed; marked, when a line `@@ <name>` says who comes next.
marked && /^@@ [a-z0-9-]+$/ {
  name = $2
  next
}

{
  lines++
  if (most && lines > most) next
  sub(/^psql:[^ ]*: WARNING:  /, "") || sub(/^psql:[^ ]*: /, "") || sub(/^psql: error: /, "")
  sub(/^connection to server at .* failed: /, "")
  if ($0 == "" || /^Enter new password for user / || /^Enter it again: /) next
  print (name ? name ": " : "") printable($0)
  fflush()
}

END { if (most && lines > most) print (name ? name ": " : "") "... and " lines - most " more lines" }

function printable(text,    clean, bytes, i) {
  while (match(text, /[\001-\010\013-\037\177]|\302[\200-\237]|\342\200[\213-\217\250-\256]|\342\201[\246-\251]|\357\273\277/)) {
    clean = clean substr(text, 1, RSTART - 1)
    bytes = substr(text, RSTART, RLENGTH)
    for (i = 1; i <= length(bytes); i++) clean = clean sprintf("\\x%02x", ord[substr(bytes, i, 1)])
    text = substr(text, RSTART + RLENGTH)
  }
  return clean text
}

BEGIN { for (byte = 1; byte < 256; byte++) ord[sprintf("%c", byte)] = byte }
