import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The test files of more than half a minute, the longest first. Begun last, one of them would run alone at the end. */
const LONGEST = [
  'faults',
  'attacks/attacks',
  'upgrade',
  'rotation',
  'bounds',
  'watch',
  'point-in-time',
  'service-fields',
  'changes',
  'interrupted',
  'backups',
  'effects',
  'external',
  'ownership',
  'restore',
  'restore-planted',
  'restore-refused',
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
  'external-cluster',
  'client-certificates',
  'archive',
  'settings',
  'incremental',
  'full-volume',
  'move-failover',
  'move-external',
  'upgrade-cut',
  'upgrade-edges',
  'fuzz',
  'kubernetes',
  'tls',
];

/** A process that tests one project ends where a file of another is next, and its successor loads everything anew: so project after project. */
const PROJECTS = ['server', 'helm', 'quick'];

const placeIn = (places: readonly string[], isIt: (each: string) => boolean): number => {
  const place = places.findIndex(isIt);
  return place === -1 ? places.length : place;
};

const placeOf = ({ project }: TestSpecification): number => placeIn(PROJECTS, (name) => project.name === name);

const placeWithin = ({ moduleId }: TestSpecification): number =>
  placeIn(LONGEST, (name) => moduleId.endsWith(`/${name}.test.ts`));

/** Begins with the files that take longest, in each project. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => placeOf(one) - placeOf(other) || placeWithin(one) - placeWithin(other));
  }
}
