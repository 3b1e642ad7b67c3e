import type { Finding } from '../finding.ts';
import { OWN_NAMES } from '../pod.ts';
import type { Rule } from '../rule.ts';
import { shown } from '../shown.ts';

/** No variable, volume, mount or init container that is added to the server's pod has the name of another, or of one that the chart needs. */
export const rule: Rule = (settled) => [
  ...findingsOf(settled, 'extraEnv', 'name'),
  ...findingsOf(settled, 'extraVolumes', 'name'),
  ...findingsOf(settled, 'extraVolumeMounts', 'mountPath'),
  ...findingsOf(settled, 'extraInitContainers', 'name'),
];

function findingsOf({ values }: Parameters<Rule>[0], field: keyof typeof OWN_NAMES, key: string): Finding[] {
  const owners = new Map<string, string>(OWN_NAMES[field].map((name) => [name, 'the chart itself']));
  return values[field].flatMap((item, index) => {
    const given: unknown = item[key];
    const name = String(given).replace(/\/$/, '');
    const owner = owners.get(name);
    owners.set(name, owner ?? `${field}[${index}]`);
    if (given === undefined || owner === undefined) return [];
    const message = `${shown(given)} belongs to ${owner}`;
    return [{ path: [field, index, key], message, hint: `Take it out, or give it another ${key}.` }];
  });
}
