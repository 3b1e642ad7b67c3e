# up or down: what the tool does on a pod of the service.
DATABASE_URL=$NODE_URL npx node-pg-migrate "$1"
