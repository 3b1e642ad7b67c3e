import { shown } from '../shown.ts';
import type { Rule } from '../rule.ts';

/** No two of topologySpreadConstraints have one topologyKey and one whenUnsatisfiable (Kubernetes' rule). */
export const rule: Rule = ({ values }) => {
  const first = new Map<string, number>();
  return values.topologySpreadConstraints.flatMap(({ topologyKey, whenUnsatisfiable }, index) => {
    const pair = JSON.stringify([topologyKey, whenUnsatisfiable]);
    const before = first.get(pair);
    if (before === undefined) first.set(pair, index);
    if (before === undefined) return [];
    const message = `${shown(topologyKey)} with whenUnsatisfiable ${shown(whenUnsatisfiable)} is what topologySpreadConstraints[${before}] has too`;
    const hint = 'Make one constraint of the two, or give one of them another key.';
    return [{ path: ['topologySpreadConstraints', index, 'topologyKey'], message, hint }];
  });
};
