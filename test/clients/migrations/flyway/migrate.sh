[ "$1" = up ] && java -cp 'jars/*' Migrate.java
