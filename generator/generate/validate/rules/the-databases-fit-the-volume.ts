import type { Rule } from '../rule.ts';
import { showSize } from '../sizes.ts';

/** The volume that the chart asks for holds an empty database for each service, the server, and what it writes ahead. */
export const rule: Rule = ({ budget }) => {
  const { rows, needed, available } = budget.disk ?? { rows: [], needed: 0, available: 0 };
  if (needed <= available) return [];
  const arithmetic = rows.map((row) => row.arithmetic).join(', ');
  const message = `the disk does not add up: ${arithmetic}; that is ${showSize(needed)} before the first row, but the volume has ${showSize(available)}`;
  const hint = 'Raise persistence.size, with room for what the services will write.';
  return [{ path: ['persistence', 'size'], message, hint }];
};
