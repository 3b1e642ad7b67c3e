import { leastLimit } from '../budget/memory.ts';
import type { Rule } from '../rule.ts';
import { showSize } from '../sizes.ts';

/** What the server takes of the memory is not more than its container may use. */
export const rule: Rule = ({ budget, values }) => {
  const { rows, needed, available } = budget.memory ?? { rows: [], needed: 0, available: 0 };
  if (needed <= available) return [];
  const parts = rows.map(({ what, arithmetic, result }) => `${what} ${result} (${arithmetic})`).join(', ');
  const message = `the memory does not add up: ${parts}; that is ${showSize(needed)}, but the container may use ${showSize(available)}`;
  const least = leastLimit(values, budget.connections) / 1024;
  const hint = `Raise resources.limits.memory to ${least}Mi, or lower services.<name>.connectionLimit, workMem, or what postgresql.settings asks for.`;
  return [{ path: ['resources', 'limits', 'memory'], message, hint }];
};
