./migrate "$1"
