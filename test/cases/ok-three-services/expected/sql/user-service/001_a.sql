-- Generated from values.yaml by npm run generate; edits are lost.
CREATE TABLE a (i int);
