-- What it is for, somebody knows: nothing here is ready to be pasted that takes it away.
SELECT 'REPORTED', 0, NULL, format('-- database %I', name),
       'nobody declared this database, and it stays as it is'
       || CASE WHEN is_open AND is_reachable THEN '; services may open it: PUBLIC may connect to it, and pg_hba.conf lets them in; postgresql.undeclared: close shuts it'
               WHEN is_open THEN '; PUBLIC may connect to it, and only pg_hba.conf keeps services out; postgresql.undeclared: close shuts it'
               ELSE '' END
FROM undeclared_database
