SELECT 'REFUSED', ordinal, service, format('%s: %s', field, reached),
       format('the rotation of %s is %s here and was %s on the server: these values are older, and a former password would open it again; '
              'take the newer ones, or write this into %s', credential, rotation, reached, CASE field WHEN 'rotation' THEN 'its entry' ELSE 'values.yaml' END)
FROM older
