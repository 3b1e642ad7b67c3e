import { isRecord } from '../../generator/generate/fields.ts';
import { findOrBuild } from '../tools/go-programs.ts';
import { run } from '../tools/run.ts';
import { listAt, textAt, type Finding, type Grader } from './finding.ts';

const PROGRAM = { name: 'polaris', package: 'github.com/fairwindsops/polaris', version: 'v10.2.2' };

export const polaris: Grader = {
  name: `Polaris ${PROGRAM.version}`,
  grade: async (file) => {
    const found = await findOrBuild(PROGRAM);
    if ('missing' in found) return found.missing;
    const { stdout, stderr } = await run(found.program, ['audit', '--audit-path', file, '--format', 'json']);
    if (stdout === '') throw new Error(`Polaris: ${stderr}`);
    return listAt(JSON.parse(stdout), 'Results').flatMap(findingsOf);
  },
};

/** Of an object, of its pod and of the containers in it, for each of which there is a map of checks. */
function findingsOf(result: unknown): Finding[] {
  const object = `${textAt(result, 'Kind')}/${textAt(result, 'Name')}`;
  const pod: unknown = Reflect.get(Object(result), 'PodResult');
  return [result, pod, ...listAt(pod, 'ContainerResults')].flatMap((graded) =>
    checksOf(Reflect.get(Object(graded), 'Results'))
      .filter((check) => Reflect.get(Object(check), 'Success') === false)
      .map((check) => ({ rule: textAt(check, 'ID'), object, says: textAt(check, 'Message') })),
  );
}

const checksOf = (results: unknown): readonly unknown[] => (isRecord(results) ? Object.values(results) : []);
