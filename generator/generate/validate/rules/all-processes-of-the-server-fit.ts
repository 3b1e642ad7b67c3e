import { effectiveSettings } from '../given-settings.ts';
import { majorOf } from '../image.ts';
import { MOST_PROCESSES, processesOf } from '../processes.ts';
import type { Rule } from '../rule.ts';

/** The connections and the server's own processes are together no more than PostgreSQL can count. */
export const rule: Rule = ({ values, budget }) => {
  const { maxConnections } = budget.server;
  const processes = processesOf(effectiveSettings(values), maxConnections, majorOf(values));
  const total = processes.reduce((sum, { count }) => sum + count, 0);
  if (total <= MOST_PROCESSES) return [];
  const parts = processes.map(({ name, count }) => `${count} (${name})`).join(' + ');
  const message = `the processes do not add up: ${parts} = ${total}, but PostgreSQL has room for ${MOST_PROCESSES}`;
  return [{ path: ['postgresql', 'maxConnections'], message, hint: 'Lower what is largest.' }];
};
