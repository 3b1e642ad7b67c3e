# The programs of PostgreSQL, in PATH. Debian's psql is a wrapper in Perl that costs more than the login; the real one comes first, unless somebody put
# others before both.
hash psql 2>/dev/null || true
if [[ ${BASH_CMDS[psql]:-/usr/bin/psql} == /usr/bin/psql ]]; then
  for bin in /usr/lib/postgresql/*/bin; do PATH=$bin:$PATH; done
fi
