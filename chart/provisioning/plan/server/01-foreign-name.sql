SELECT 'REFUSED', ordinal, service,
       CASE WHEN owner = service || '+moving' THEN '-- wait until the move has ended, or end it: move ' || service || ' --undo'
            WHEN owner = service || '+moved' THEN '-- take its entry out of values.yaml'
            WHEN owner = service || '+left' THEN '-- docs/upgrade.md says how ' || service || ' comes back'
            WHEN obstacle IS NULL THEN format('adopt: confirm-%s-%s', database, oid) ELSE format('-- another name for the %s of %s', kind, service) END,
       CASE WHEN owner = service || '+moving' THEN 'it is being moved from one server to another'
            WHEN owner = service || '+moved' THEN 'it was moved to another server, and what is here is kept, locked'
            WHEN owner = service || '+left' THEN 'it stayed in the data of the former major when the server was upgraded'
            ELSE format('%s %s exists, and %s', kind, name, CASE WHEN owner IS NULL THEN 'provisioning did not make it' ELSE 'it was made for ' || owner END)
              || CASE WHEN obstacle IS NULL THEN '; this line in the entry of ' || service || ' takes it over' ELSE '; it is never taken over: ' || obstacle END END
-- Of what moves, or stayed behind, one line is enough.
FROM (SELECT DISTINCT ON (ordinal, CASE WHEN owner ~ '[+](moving|moved|left)$' THEN owner ELSE concat(kind, ' ', name) END) * FROM refusal) AS r
