import { isRecord } from '../../fields.ts';
import type { Finding } from '../finding.ts';
import { OWN_NAMES } from '../pod.ts';
import type { Rule } from '../rule.ts';
import { shown } from '../shown.ts';

/** What the server's pod mounts because of the values is a volume of that pod: the chart's, or one of extraVolumes. */
export const rule: Rule = ({ values }) => {
  const volumes = new Set<unknown>([...OWN_NAMES.extraVolumes, ...values.extraVolumes.map(({ name }) => name)]);
  return [
    ...findMissing(['extraVolumeMounts'], values.extraVolumeMounts, volumes),
    ...values.extraInitContainers.flatMap(({ volumeMounts }, index) =>
      findMissing(['extraInitContainers', index, 'volumeMounts'], volumeMounts, volumes),
    ),
  ];
};

function findMissing(path: Finding['path'], mounts: unknown, volumes: ReadonlySet<unknown>): Finding[] {
  return (Array.isArray(mounts) ? mounts : []).flatMap((mount: unknown, index) => {
    const name = isRecord(mount) ? mount['name'] : undefined;
    if (volumes.has(name)) return [];
    const hint = `Add it to extraVolumes. The volumes of the pod are: ${[...volumes].map(String).join(', ')}.`;
    return [{ path: [...path, index, 'name'], message: `the pod has no volume ${shown(name)}`, hint }];
  });
}
