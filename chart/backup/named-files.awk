# What the table of contents of a dump (toc.dat, in the format directory, as numbers of bytes) names its files, where it is not as pg_dump names them: a name may lead to
# any file of the pod, whose content pg_restore would then put into the service's database. Reads archives of version 1.14 to 1.16, which PostgreSQL 15 to 18 write.
BEGIN {
  for (i = 0; i < 5; i++) magic = magic byte() " "
  if (magic != "80 71 68 77 80 " || byte() != 1) refuse("no table of contents")
  minor = byte()
  if (minor < 14 || minor > 16) refuse("a table of contents of version 1." minor)
  byte()
  width = byte()
  if (width != 4) refuse("numbers of another width than pg_dump writes")
  byte()
  byte()
  if (minor >= 15) byte()
  else integer()
  # When it was made, of which database, by which versions.
  for (i = 0; i < 7; i++) integer()
  for (i = 0; i < 3; i++) text()
  for (left = integer(); left > 0; left--) entry()
}

# Its numbers, what it is called, the statements by which it is made, dropped and filled, where it lies and whose it is, and on what it depends.
function entry(    i, name) {
  integer()
  integer()
  for (i = 0; i < 4; i++) text()
  integer()
  for (i = 0; i < 6; i++) text()
  if (minor >= 16) integer()
  for (i = 0; i < 2; i++) text()
  do text(); while (!isAbsent)
  name = text()
  if (name !~ /^([0-9]+\.dat|blobs(_[0-9]+)?\.toc)?$/) refuse("a file that it calls otherwise than pg_dump does")
}

# A sign, and then the lowest byte first. One that has no room in 31 bits is another number, of another sign perhaps, for pg_restore.
function integer(    sign, value, factor, i) {
  sign = byte()
  factor = 1
  for (i = 0; i < width; i++) {
    value += byte() * factor
    factor *= 256
  }
  if (value >= 2 ^ 31) refuse("a number that pg_dump does not write")
  return sign ? -value : value + 0
}

# A text, where it is as short as a file's name; whether there is none at all is in isAbsent.
function text(    length_, value, one, i) {
  length_ = integer()
  isAbsent = length_ < 0
  for (i = 0; i < length_; i++) {
    one = byte()
    if (length_ <= 40) value = value sprintf("%c", one ? one : 1)
  }
  return length_ <= 40 ? value "" : "long"
}

function byte() {
  while (at >= NF) {
    if ((getline) <= 0) refuse("a table of contents that is cut off")
    at = 0
  }
  return $(++at) + 0
}

function refuse(what) {
  print what
  exit 1
}
