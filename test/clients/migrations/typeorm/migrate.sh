node migrate.mjs "$1"
