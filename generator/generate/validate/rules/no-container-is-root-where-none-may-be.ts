import { isRecord, valueAt } from '../../fields.ts';
import { formatPath } from '../../problem.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** No container runs as the user 0 while runAsNonRoot holds for it: the kubelet would not start it. */
export const rule: Rule = ({ values, given }) => {
  const { podSecurityContext: pod, containerSecurityContext, extraInitContainers } = values;
  const own = findRoot(['containerSecurityContext'], containerSecurityContext, pod);
  const added = extraInitContainers.flatMap(({ securityContext }, index) =>
    findRoot(['extraInitContainers', index, 'securityContext'], securityContext, pod),
  );
  const found = [...own, ...added];
  const inherited = found.find(({ path }) => !isGiven(given, path));
  const written = found.filter(({ path }) => isGiven(given, path));
  return [...(inherited === undefined ? [] : [{ ...inherited, path: ['podSecurityContext', 'runAsUser'] }]), ...written];
};

function isGiven(given: unknown, path: Finding['path']): boolean {
  return (valueAt(given, path) ?? undefined) !== undefined;
}

/** What a container's context says goes before what its pod's says. */
function findRoot(path: Finding['path'], context: unknown, pod: unknown): Finding[] {
  const inForce = (field: string): unknown => fieldOf(context, field) ?? fieldOf(pod, field);
  if (inForce('runAsUser') !== 0 || inForce('runAsNonRoot') !== true) return [];
  const deciding = fieldOf(context, 'runAsNonRoot') === true ? formatPath(path) : 'podSecurityContext';
  const hint = `Set ${deciding}.runAsNonRoot to false, or another user.`;
  return [{ path: [...path, 'runAsUser'], message: '0 is root, which runAsNonRoot forbids', hint }];
}

function fieldOf(context: unknown, field: string): unknown {
  return isRecord(context) ? (context[field] ?? undefined) : undefined;
}
