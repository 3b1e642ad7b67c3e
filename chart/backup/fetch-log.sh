#!/usr/bin/env bash
# Brings the piece $2 of the log from folder $1 to $3, for PostgreSQL's restore_command: as it was received, packed, or as far as it was received. Fails
# when there is none, which is how a server learns that the log ends.
for folder in "$1" "$1"/until-*; do
  # It may be packed meanwhile.
  if [[ -f $folder/$2 ]] && cp "$folder/$2" "$3"; then exit; fi
  if [[ -f $folder/$2.gz ]]; then exec gzip --decompress --stdout "$folder/$2.gz" >"$3"; fi
  if [[ -f $folder/$2.partial ]]; then exec cp "$folder/$2.partial" "$3"; fi
done
exit 1
