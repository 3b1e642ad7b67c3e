CREATE TABLE a (id int);
<<<<<<< HEAD
CREATE TABLE b (id int);
=======
CREATE TABLE c (id int);
>>>>>>> other
CREATE TABLE d (id int);
