import type { Rule } from '../rule.ts';
import { showSize } from '../sizes.ts';

/** What the server takes of the memory is not more than its container may use. */
export const rule: Rule = ({ budget }) => {
  const { rows, needed, available } = budget.memorySum ?? { rows: [], needed: 0, available: 0 };
  if (needed <= available) return [];
  const parts = rows.map(({ what, arithmetic, result }) => `${what} ${result} (${arithmetic})`).join(', ');
  const message = `the memory does not add up: ${parts}; that is ${showSize(needed)}, but the container may use ${showSize(available)}`;
  const hint = 'Raise resources.limits.memory, or lower what postgresql.settings or services.<name>.workMem ask for.';
  return [{ path: ['resources', 'limits', 'memory'], message, hint }];
};
