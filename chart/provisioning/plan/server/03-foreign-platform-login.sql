SELECT 'REFUSED', 0, NULL, format('-- rename or drop role %I', "user"),
       format('role %s exists, and provisioning did not make it; the deployment itself wants to log in by that name', "user")
FROM listed_platform_login WHERE is_foreign
