-- What a login needs, held by a transaction that only reads: whoever wants it for himself alone has to wait for this session, which holds
-- it already and so never waits. Without a snapshot and without a number the transaction holds back nothing else.
BEGIN;
SET LOCAL lock_timeout = '1s';
SELECT FROM pg_authid, pg_auth_members, pg_database, pg_db_role_setting WHERE false;
