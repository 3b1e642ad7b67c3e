import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../tools/folders.ts';
import { run } from '../tools/run.ts';
import { listAt, textAt, type Grader } from './finding.ts';

const VERSION = '3.3.30';

export const checkov: Grader = {
  name: `Checkov ${VERSION}`,
  grade: async (file) => {
    const program = await findProgram();
    if (program === undefined) return 'it comes with PyPI, and neither is here';
    const args = ['--framework', 'kubernetes', '--file', file, '--output', 'json', '--compact', '--quiet', '--skip-download'];
    const { stdout, stderr } = await run(program, args);
    const read: unknown = JSON.parse(stdout || 'null');
    if (read === null) throw new Error(`Checkov: ${stderr}`);
    return listAt(Reflect.get(Object(read), 'results'), 'failed_checks').map((each) => ({
      rule: textAt(each, 'check_id'),
      object: textAt(each, 'resource').replace(/^(\w+)\.[\w-]+\./, '$1/'),
      says: textAt(each, 'check_name'),
    }));
  },
};

/** In an environment of its own, made once. */
async function findProgram(): Promise<string | undefined> {
  const folder = join(CACHE, `checkov-${VERSION}`);
  const program = join(folder, 'bin/checkov');
  if (existsSync(program)) return program;
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin/pip'), ['install', '--quiet', `checkov==${VERSION}`]);
  } catch {
    return undefined;
  }
  return existsSync(program) ? program : undefined;
}
