SELECT 'INSIDE', 0, format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = %L; END', sentence)), 'an extension cannot be as values.yaml has it'
FROM hindrance
