import { isRecord } from '../../fields.ts';
import type { Finding } from '../finding.ts';
import { compareAmounts } from '../quantities.ts';
import type { Rule } from '../rule.ts';

/** No container asks for more of something than its limit, and for as much as its limit of what cannot be overcommitted. */
export const rule: Rule = ({ values }) => findOver(values, []);

/** Wherever Kubernetes' objects have them, requests and limits stand beside each other. */
function findOver(value: unknown, path: Finding['path']): Finding[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => findOver(item, [...path, index]));
  if (!isRecord(value)) return [];
  const { requests, limits } = value;
  if (isRecord(requests)) return Object.entries(requests).flatMap(([name, request]) => findingsOf(path, name, request, limits));
  return Object.entries(value).flatMap(([key, below]) => findOver(below, [...path, key]));
}

function findingsOf(path: Finding['path'], name: string, request: unknown, limits: unknown): Finding[] {
  const limit = isRecord(limits) ? limits[name] : undefined;
  const mustBeEqual = /\/|^hugepages-/.test(name);
  const place = { path: [...path, 'requests', name] };
  if (!isAmount(request)) return [];
  if (!isAmount(limit))
    return mustBeEqual
      ? [{ ...place, message: `${name} has no limit`, hint: `Give ${name} the same limit: it cannot be overcommitted.` }]
      : [];
  const order = compareAmounts(request, limit);
  const isWrong = mustBeEqual ? order !== 0 : order > 0;
  const message = `${request} is ${mustBeEqual ? 'not' : 'more than'} the limit of ${name}, which is ${limit}`;
  return isWrong ? [{ ...place, message, hint: 'Write both: what values.yaml leaves out has its default.' }] : [];
}

function isAmount(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
