import { formatPath } from '../../problem.ts';
import type { Finding } from '../finding.ts';
import { listSecrets, type GivenSecret } from '../names.ts';
import type { Rule } from '../rule.ts';

/** A Secret, whether the chart makes it or the platform team, is the admin's or one login's, and nobody else has its password. */
export const rule: Rule = ({ values, names }) => {
  const owners = new Map<string, string>();
  return listSecrets(values, names).flatMap((secret) => {
    const first = owners.get(secret.text) ?? secret.owner;
    owners.set(secret.text, first);
    return first === secret.owner ? [] : [findingOf(secret, first)];
  });
};

function findingOf({ path, text }: GivenSecret, first: string): Finding {
  return {
    path,
    message: `the Secret "${text}" belongs to ${first} already`,
    hint: `Every login has a Secret of its own; set ${formatPath(path)} to another name.`,
  };
}
