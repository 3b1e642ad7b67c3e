-- Generated from values.yaml by npm run generate; edits are lost.
-- {{ .Values }} `tick` \ :USER
SELECT 'ü';
