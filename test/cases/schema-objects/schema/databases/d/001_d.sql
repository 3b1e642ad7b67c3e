CREATE TABLE word (counts ext.hstore);
CREATE TABLE other (counts ext2.hstore);
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE felt (now mood, said text);
