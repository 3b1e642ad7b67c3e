# up or down: what the tool does on a pod of the service.
case $1 in
  up) npx knex migrate:latest ;;
  down) npx knex migrate:down ;;
esac
