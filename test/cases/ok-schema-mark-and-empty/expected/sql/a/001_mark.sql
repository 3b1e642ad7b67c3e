-- Generated from values.yaml by npm run generate; edits are lost.
SELECT 1;
