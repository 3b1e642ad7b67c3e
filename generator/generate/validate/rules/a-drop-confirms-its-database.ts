import { lookUp } from '../names.ts';
import type { Rule } from '../rule.ts';

/** What drops a database confirms it by its name and by PostgreSQL's number of it. */
export const rule: Rule = ({ values, names }) =>
  Object.entries(values.services).flatMap(([service, { drop, enabled }]) => {
    const { database } = lookUp(names, service);
    if (drop === '' || enabled || confirms(drop, database)) return [];
    const message = `"${drop}" does not confirm the database of ${service}, which is "${database}"`;
    const hint = 'Write what provisioning prints for the retained database.';
    return [{ path: ['services', service, 'drop'], message, hint }];
  });

function confirms(drop: string, database: string): boolean {
  const beginning = `confirm-${database}-`;
  return drop.startsWith(beginning) && /^\d+$/.test(drop.slice(beginning.length));
}
