import { readConfirmation } from '../confirmation.ts';
import { lookUp } from '../names.ts';
import type { Rule } from '../rule.ts';

/** What takes over a database confirms it by its name and by PostgreSQL's number of it. */
export const rule: Rule = ({ values, names }) =>
  Object.entries(values.services).flatMap(([service, { adopt }]) => {
    const { database } = lookUp(names, service);
    if (adopt === '' || readConfirmation(adopt).database === database) return [];
    const message = `"${adopt}" does not confirm the database of ${service}, which is "${database}"`;
    const hint = 'Write what provisioning prints for the database that was not made for this service.';
    return [{ path: ['services', service, 'adopt'], message, hint }];
  });
