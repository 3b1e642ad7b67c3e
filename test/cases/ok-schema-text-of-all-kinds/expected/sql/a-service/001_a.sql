-- Generated from values.yaml by npm run generate; edits are lost.
SELECT 'U+2028  , NEL , a tab 	, {{ braces }}, 😀';


