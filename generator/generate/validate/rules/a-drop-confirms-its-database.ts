import { readConfirmation } from '../confirmation.ts';
import { lookUp } from '../names.ts';
import type { Rule } from '../rule.ts';

/** What drops a database confirms it by its name and by PostgreSQL's number of it. */
export const rule: Rule = ({ values, names }) =>
  Object.entries(values.services).flatMap(([service, { drop, enabled }]) => {
    const { database } = lookUp(names, service);
    if (drop === '' || enabled || readConfirmation(drop).database === database) return [];
    const message = `"${drop}" does not confirm the database of ${service}, which is "${database}"`;
    const hint = 'Write what provisioning prints for the retained database.';
    return [{ path: ['services', service, 'drop'], message, hint }];
  });
