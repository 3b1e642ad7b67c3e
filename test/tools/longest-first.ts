import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The test files of more than half a minute, the longest first. Begun last, one of them would run alone at the end. */
const LONGEST = [
  'attacks/attacks',
  'faults',
  'bounds',
  'watch',
  'rotation',
  'apply',
  'service-fields',
  'laptop/archive',
  'postgres/changes',
  'backups',
  'helm/manifests',
  'helm/chart',
  'ownership',
  'dev',
  'laptop/report',
  'restore',
  'point-in-time',
  'final',
  'tls',
  'roles',
  'drift',
  'init',
  'texts',
  'effects',
  'copies',
  'incremental',
  'fuzz',
  'remembered',
  'kubernetes',
  'manners',
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
