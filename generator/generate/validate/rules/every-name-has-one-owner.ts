import { formatPath } from '../../problem.ts';
import type { Finding } from '../finding.ts';
import { listNames, type GivenName } from '../names.ts';
import type { Rule } from '../rule.ts';

/** A database or a login role belongs to one service, or to one role of a service. */
export const rule: Rule = (settled) => {
  const owners = new Map<string, string>();
  return listNames(settled).flatMap((name) => {
    const key = `${name.field}/${name.text}`;
    const first = owners.get(key);
    if (first !== undefined) return [findingOf(name, first)];
    owners.set(key, name.owner);
    return [];
  });
};

function findingOf({ path, field, text }: GivenName, first: string): Finding {
  const what = { database: 'database', user: 'login role' }[field];
  return {
    path,
    message: `the ${what} "${text}" belongs to ${first} already`,
    hint: `Every service has a ${what} of its own; set ${formatPath(path)} to another name.`,
  };
}
