import { join } from 'node:path';
import { findOrBuildOwn, findOwn, type Found } from '../tools/go-programs.ts';
import type { Manifest } from '../tools/manifests.ts';
import { run } from '../tools/run.ts';

const WEBHOOKS = { name: 'cloudnative-pg', sources: join(import.meta.dirname, 'cloudnative-pg') };

/** The program, if it was built of these sources; OPERATORS=build has it built. */
export async function findOperator(): Promise<Found> {
  if (process.env['OPERATORS'] === 'build') return findOrBuildOwn(WEBHOOKS);
  const built = findOwn(WEBHOOKS);
  if ('program' in built) return built;
  return {
    missing:
      'the webhooks of CloudNativePG were not built here: OPERATORS=build has Go build them, minutes and a gigabyte of its caches',
  };
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
