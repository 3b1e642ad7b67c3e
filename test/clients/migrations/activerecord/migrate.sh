ruby migrate.rb "$1"
