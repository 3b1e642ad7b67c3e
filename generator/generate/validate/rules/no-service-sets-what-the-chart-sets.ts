import { formatPath } from '../../problem.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** The labels by which the chart knows its objects; a selector asks for some of them. */
const OWN_LABELS = new Set(['name', 'instance', 'version', 'component', 'part-of', 'managed-by']);
const OF_KUBERNETES = 'app.kubernetes.io/';

/** What Helm obeys: with a hook, a Secret would be made and deleted apart from its release. */
const OF_HELM = ['helm.sh/', 'meta.helm.sh/'];

/** No label or annotation of a service is one that the chart sets or that Helm obeys. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services).flatMap(([service, { labels, annotations }]) => [
    ...findingsOf(['services', service, 'labels'], Object.keys(labels)),
    ...findingsOf(['services', service, 'annotations'], Object.keys(annotations)),
  ]);

function findingsOf(path: Finding['path'], keys: readonly string[]): Finding[] {
  return keys.filter(isTaken).map((key) => ({
    path: [...path, key],
    what: 'key',
    message: `"${key}" is set by the chart, or obeyed by Helm`,
    hint: `Take it out of ${formatPath(path)}; a key of your own has your domain in front: example.org/team.`,
  }));
}

function isTaken(key: string): boolean {
  const isOwn = key.startsWith(OF_KUBERNETES) && OWN_LABELS.has(key.slice(OF_KUBERNETES.length));
  return isOwn || OF_HELM.some((domain) => key.startsWith(domain));
}
