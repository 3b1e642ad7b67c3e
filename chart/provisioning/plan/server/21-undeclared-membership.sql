SELECT 'ROLES', ordinal, service,
       format('REVOKE %s%I FROM %I GRANTED BY %I CASCADE', CASE WHEN is_own THEN 'ADMIN OPTION FOR ' END, role, member, grantor),
       CASE WHEN is_own THEN 'the login role could let others in' ELSE 'a membership that nobody declared' END
FROM foreign_membership
