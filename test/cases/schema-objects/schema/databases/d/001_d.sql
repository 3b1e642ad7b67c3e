CREATE TABLE word (counts ext.hstore);
CREATE TABLE other (counts ext2.hstore);
