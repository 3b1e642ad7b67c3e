[ "$1" = up ] && node migrate.mjs
