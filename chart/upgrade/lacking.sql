-- What values.yaml pins that this image does not have.
SELECT format('%s: ERROR:  extension %s has no version %s in PostgreSQL %s; it has %s. Nothing was changed: write one of these into placedExtensions, or take version out, and have the pod begin anew (kubectl delete pod)',
              entry ->> 'name', p.key, p.value ->> 'version', :'to', (SELECT string_agg(v.version, ', ' ORDER BY v.version) FROM pg_available_extension_versions AS v WHERE v.name = p.key))
FROM jsonb_array_elements(:'desired'::jsonb -> 'services') AS e(entry) CROSS JOIN LATERAL jsonb_each(entry -> 'placements') AS p
WHERE p.value ->> 'version' NOT IN (SELECT v.version FROM pg_available_extension_versions AS v WHERE v.name = p.key)
  AND EXISTS (SELECT FROM pg_available_extensions AS a WHERE a.name = p.key)
ORDER BY 1;
