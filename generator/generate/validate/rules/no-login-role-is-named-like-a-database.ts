import { listNames } from '../names.ts';
import type { Rule } from '../rule.ts';

/** No login role has the name of a database: that is the name of the key which opens it. */
export const rule: Rule = (settled) => {
  const all = listNames(settled);
  const owners = new Map(all.flatMap(({ field, text, owner }) => (field === 'database' ? [[text, owner]] : [])));
  return all.flatMap(({ path, field, text }) => {
    const owner = field === 'user' ? owners.get(text) : undefined;
    if (owner === undefined) return [];
    const message = `the login role "${text}" has the name of the database of ${owner}`;
    const hint = "A role with a database's name is the key that opens it (pg_hba.conf, samerole); choose another login role.";
    return [{ path, message, hint }];
  });
};
