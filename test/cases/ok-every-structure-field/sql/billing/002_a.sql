-- {{ .Values }} `tick` \ :USER
SELECT 'ü';
