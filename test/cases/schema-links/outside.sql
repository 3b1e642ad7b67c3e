INSERT INTO keys VALUES ('a secret');
