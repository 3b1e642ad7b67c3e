import { isRecord } from '../../fields.ts';
import type { Finding } from '../finding.ts';
import { isWhole } from '../quantities.ts';
import type { Rule } from '../rule.ts';

/** An amount of a resource of one's own, such as a GPU, is a whole number. */
export const rule: Rule = ({ values }) => findParts(values, []);

/** Wherever Kubernetes' objects have requests and limits. */
function findParts(value: unknown, path: Finding['path']): Finding[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => findParts(item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const isOfAmounts = (key === 'requests' || key === 'limits') && isRecord(below);
    return isOfAmounts ? findingsOf(below, [...path, key]) : findParts(below, [...path, key]);
  });
}

function findingsOf(amounts: Readonly<Record<string, unknown>>, path: Finding['path']): Finding[] {
  return Object.entries(amounts).flatMap(([name, amount]) => {
    const isPart = name.includes('/') && (typeof amount === 'string' || typeof amount === 'number') && !isWhole(amount);
    return isPart
      ? [{ path: [...path, name], message: `${amount} is not a whole number, and Kubernetes counts ${name} whole` }]
      : [];
  });
}
