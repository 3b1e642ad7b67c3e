SELECT 'REPORTED', 0, CASE kind WHEN 'n' THEN format('REVOKE ALL ON SCHEMA %s FROM %I', example, grantee)
                      ELSE format('REVOKE ALL ON %s %s FROM %I', one, example, grantee) END,
       format('%s, which no role of the service is, has privileges on %s of its %s', grantee, objects, lower(many))
FROM foreign_access JOIN kind USING (kind)
