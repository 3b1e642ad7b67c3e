import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The test files of more than half a minute, the longest first. Begun last, one of them would run alone at the end. */
const LONGEST = [
  'faults',
  'attacks/attacks',
  'rotation',
  'bounds',
  'watch',
  'point-in-time',
  'service-fields',
  'changes',
  'interrupted',
  'backups',
  'effects',
  'ownership',
  'restore',
  'helm/chart',
  'dev',
  'verify',
  'copies',
  'drift',
  'texts',
  'laptop/report',
  'manners',
  'manifests',
  'init',
  'apply',
  'roles',
  'final',
  'remembered',
  'surroundings',
  'connect',
  'client-certificates',
  'archive',
  'settings',
  'incremental',
  'fuzz',
  'kubernetes',
  'tls',
];

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return place === -1 ? LONGEST.length : place;
};

/** Begins with the files that take longest. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => placeOf(one) - placeOf(other));
  }
}
