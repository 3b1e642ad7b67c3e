import { isRecord, valueAt } from '../../fields.ts';
import type { Finding } from '../finding.ts';
import { compareAmounts } from '../quantities.ts';
import type { Rule } from '../rule.ts';

/** No container asks for more of something than its limit, and for as much as its limit of what cannot be overcommitted. */
export const rule: Rule = ({ values, given }) => findOver(values, given, []);

/** Wherever Kubernetes' objects have them, requests and limits stand beside each other. */
function findOver(value: unknown, given: unknown, path: Finding['path']): Finding[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => findOver(item, given, [...path, index]));
  if (!isRecord(value)) return [];
  const { requests } = value;
  if (!isRecord(requests)) return Object.entries(value).flatMap(([key, below]) => findOver(below, given, [...path, key]));
  const isDefault = (kind: string, name: string): boolean => valueAt(given, [...path, kind, name]) === undefined;
  return Object.entries(requests).flatMap(([name, request]) => {
    const limit = valueAt(value, ['limits', name]);
    const [isDefaultRequest, isDefaultLimit] = [isDefault('requests', name), isDefault('limits', name)];
    return findingsOf({ path, name, request, limit, isDefaultRequest, isDefaultLimit });
  });
}

interface Pair {
  readonly path: Finding['path'];
  /** Of the resource. */
  readonly name: string;
  readonly request: unknown;
  readonly limit: unknown;
  /** Whether nobody wrote the request, or the limit. */
  readonly isDefaultRequest: boolean;
  readonly isDefaultLimit: boolean;
}

function findingsOf(pair: Pair): Finding[] {
  const { path, name, request, limit, isDefaultRequest, isDefaultLimit } = pair;
  const mustBeEqual = /\/|^hugepages-/.test(name);
  const place = { path: [...path, 'requests', name] };
  if (!isAmount(request)) return [];
  if (!isAmount(limit))
    return mustBeEqual
      ? [{ ...place, message: `${name} has no limit`, hint: `Give ${name} the same limit: it cannot be overcommitted.` }]
      : [];
  const order = compareAmounts(request, limit);
  if (mustBeEqual ? order === 0 : order <= 0) return [];
  const [kinds, kind] = isDefaultRequest ? ['limits', 'requests'] : ['requests', 'limits'];
  const message = isDefaultRequest
    ? `${limit} is ${mustBeEqual ? 'not' : 'less than'} the request of ${name}, which is ${request} by default`
    : `${request} is ${mustBeEqual ? 'not' : 'more than'} the limit of ${name}, which is ${limit}${isDefaultLimit ? ' by default' : ''}`;
  const hint =
    isDefaultRequest || isDefaultLimit ? `Set ${[...path, kind, name].join('.')} as well.` : 'Lower the one or raise the other.';
  return [{ path: [...path, kinds, name], message, hint }];
}

function isAmount(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
