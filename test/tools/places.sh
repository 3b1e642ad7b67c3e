# Read by every bash of a container (BASH_ENV): writes down each command of its scripts before it runs, as file, line and command, and waits to be killed before the
# one that is $CUT.
set -o functrace
trap 'place="${BASH_SOURCE[0]##*/}:$LINENO ${BASH_COMMAND//[$'"'\n\t'"']/ }"
echo "$place" >>"$PLACES"
if [[ $place == "${CUT:-}" ]]; then : >"$PLACES.cut"; sleep 1000; fi' DEBUG
