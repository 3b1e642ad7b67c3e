SELECT 'INSIDE', -depth, format('CREATE EXTENSION %I%s%s CASCADE', name, ' SCHEMA ' || quote_ident(birthplace.schema), ' VERSION ' || quote_literal(version)),
       'an extension that values.yaml allows is missing'
FROM missing_extension LEFT JOIN birthplace USING (name)
