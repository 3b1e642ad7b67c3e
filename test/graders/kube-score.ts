import { findOrBuild } from '../tools/go-programs.ts';
import { run } from '../tools/run.ts';
import { listAt, textAt, type Finding, type Grader } from './finding.ts';

const PROGRAM = { name: 'kube-score', package: 'github.com/zegl/kube-score/cmd/kube-score', version: 'v1.20.0' };

/** Its best grade. */
const FINE = '10';

export const kubeScore: Grader = {
  name: `kube-score ${PROGRAM.version}`,
  grade: async (file) => {
    const found = await findOrBuild(PROGRAM);
    if ('missing' in found) return found.missing;
    const { stdout, stderr } = await run(found.program, ['score', '--output-format', 'json', file]);
    const objects: unknown = JSON.parse(stdout || 'null');
    if (!Array.isArray(objects)) throw new Error(`kube-score: ${stderr}`);
    return objects.flatMap(findingsOf);
  },
};

function findingsOf(object: unknown): Finding[] {
  const name = `${textAt(object, 'type_meta', 'kind')}/${textAt(object, 'object_meta', 'name')}`;
  return listAt(object, 'checks')
    .filter((check) => Reflect.get(Object(check), 'skipped') !== true && textAt(check, 'grade') !== FINE)
    .map((check) => {
      const comments = listAt(check, 'comments').map((comment) => `${textAt(comment, 'path')} ${textAt(comment, 'summary')}`);
      return { rule: textAt(check, 'check', 'id'), object: name, says: comments.join('; ') };
    });
}
