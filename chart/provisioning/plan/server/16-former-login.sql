SELECT 'ROLES', ordinal, service, format('ALTER ROLE %I NOLOGIN PASSWORD NULL', login), format('%s is in its place, and its time is over', in_use)
FROM former_login WHERE is_over AND rolcanlogin
