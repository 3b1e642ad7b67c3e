import { formatPath } from '../../problem.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** The labels by which the chart knows its objects, of which a selector asks for some; and what it writes into the server's pod. */
const OWN =
  /^(app\.kubernetes\.io\/(name|instance|version|component|part-of|managed-by)|helm\.sh\/chart|checksum\/config|kubectl\.kubernetes\.io\/default-container)$/;

/** With a hook, an object would be made and deleted apart from its release. */
const HOOK = /^helm\.sh\/hook|^meta\.helm\.sh\//;

/** All that Helm obeys: a Secret that outlives its service would keep a password alive. */
const OF_HELM = /^(meta\.)?helm\.sh\//;

/** No label or annotation is one that the chart sets or that Helm obeys. */
export const rule: Rule = ({ values }) => [
  ...findingsOf(['commonLabels'], values.commonLabels, HOOK),
  ...findingsOf(['commonAnnotations'], values.commonAnnotations, HOOK),
  ...findingsOf(['service', 'annotations'], values.service.annotations, HOOK),
  ...findingsOf(['serviceAccount', 'annotations'], values.serviceAccount.annotations, HOOK),
  ...Object.entries(values.services).flatMap(([service, { labels, annotations }]) => [
    ...findingsOf(['services', service, 'labels'], labels, OF_HELM),
    ...findingsOf(['services', service, 'annotations'], annotations, OF_HELM),
  ]),
];

function findingsOf(path: Finding['path'], texts: object, obeyed: RegExp): Finding[] {
  const taken = Object.keys(texts).filter((key) => OWN.test(key) || obeyed.test(key));
  return taken.map((key) => ({
    path: [...path, key],
    what: 'key',
    message: `"${key}" is set by the chart, or obeyed by Helm`,
    hint: `Take it out of ${formatPath(path)}; a key of your own has your domain in front: example.org/team.`,
  }));
}
