SELECT 'REFUSED', ordinal, service,
       CASE WHEN obstacle IS NULL THEN format('adopt: confirm-%s-%s', database, oid) ELSE format('-- another name for the %s of %s', kind, service) END,
       format('%s %s exists, and %s', kind, name, CASE WHEN owner IS NULL THEN 'provisioning did not make it' ELSE 'it was made for ' || owner END)
       || CASE WHEN obstacle IS NULL THEN '; this line in the entry of ' || service || ' takes it over' ELSE '; it is never taken over: ' || obstacle END
FROM refusal
