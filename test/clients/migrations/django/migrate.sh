# up or down: what the tool does on a pod of the service.
export DJANGO_SETTINGS_MODULE=settings
case $1 in
  up) env/bin/python -m django migrate --no-input ;;
  down) env/bin/python -m django migrate orders 0001 --no-input ;;
esac
