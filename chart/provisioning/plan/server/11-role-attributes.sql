SELECT 'ROLES', ordinal, service, format('ALTER ROLE %I %s', role, attributes), 'attributes of the role differ'
FROM role_difference WHERE NOT missing AND attributes <> ''
