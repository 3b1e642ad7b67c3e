SELECT 'REFUSED', ordinal, service, format('rotation: %s', reached),
       format('the rotation of %s is %s here and was %s on the server: these values are older, and a former password would open it again; '
              'take the newer ones, or write this into its entry', credential, rotation, reached)
FROM older
