import { memoryLimitOf } from '../budget.ts';
import type { Rule } from '../rule.ts';
import { readQuantity } from '../sizes.ts';

/** The memory limit, if there is one, is an amount as Kubernetes reads it. */
export const rule: Rule = ({ values }) => {
  const memory = memoryLimitOf(values);
  if (memory === undefined || readQuantity(memory) !== undefined) return [];
  const message = `${JSON.stringify(memory)} is not an amount of memory`;
  return [{ path: ['resources', 'limits', 'memory'], message, hint: 'Write a number and a unit, such as 512Mi or 2Gi.' }];
};
