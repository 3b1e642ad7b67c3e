import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../tools/folders.ts';
import type { Found } from '../tools/go-programs.ts';
import type { Manifest } from '../tools/manifests.ts';
import { run } from '../tools/run.ts';

const SOURCES = join(import.meta.dirname, 'cloudnative-pg');
const REASON =
  'the webhooks of CloudNativePG were not built here: OPERATORS=build has Go build them, minutes and a gigabyte of its caches';

/** The program, if it was built of these sources; OPERATORS=build has it built. */
export async function findOperator(): Promise<Found> {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(SOURCES, file)));
  const program = join(CACHE, `cloudnative-pg-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(program)) return { program };
  if (process.env['OPERATORS'] !== 'build') return { missing: REASON };
  const env = { ...process.env, CGO_ENABLED: '0' };
  const built = await run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', program, '.'], { cwd: SOURCES, env });
  return built.code === 0 ? { program } : { missing: `Go does not build CloudNativePG's webhooks: ${built.stderr.trim()}` };
}

/** What the operator says of each of these manifests that is its own (answer in main.go). */
export async function judge(program: string, manifests: readonly Manifest[]): Promise<unknown[]> {
  const input = manifests
    .filter(({ apiVersion }) => apiVersion === 'postgresql.cnpg.io/v1')
    .map((manifest) => JSON.stringify(manifest))
    .join('\n');
  const { code, stdout, output } = await run(program, [], { input });
  if (code !== 0) throw new Error(output);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{"kind"'))
    .map((line): unknown => JSON.parse(line));
}

/** The settings and extensions that the operator keeps for itself. */
export async function factsOf(program: string): Promise<unknown> {
  const read: unknown = JSON.parse((await run(program, ['facts'])).stdout);
  return read;
}
