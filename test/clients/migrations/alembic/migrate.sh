# up or down: what the tool does on a pod of the service.
case $1 in
  up) env/bin/alembic upgrade head ;;
  down) env/bin/alembic downgrade -1 ;;
esac
