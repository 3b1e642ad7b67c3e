import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './folders.ts';
import { run } from './run.ts';

/** A program that Go builds of a module, in one version. */
export interface GoProgram {
  readonly name: string;
  readonly package: string;
  readonly version: string;
}

/** Where a program is, or why there is none. */
export type Found = { readonly program: string } | { readonly missing: string };

/** The program if it was built before: building takes minutes, and some hundreds of megabytes of Go's caches. */
export function findBuilt({ name, version }: GoProgram): Found {
  const program = join(folderOf({ name, version }), name);
  if (existsSync(program)) return { program };
  return { missing: `${name} ${version} was not built here` };
}

/** The same, built where that is still to be done. */
export async function findOrBuild(wanted: GoProgram): Promise<Found> {
  const built = findBuilt(wanted);
  if ('program' in built) return built;
  const env = { ...process.env, GOBIN: folderOf(wanted), CGO_ENABLED: '0', GOFLAGS: '-trimpath' };
  try {
    const { code, stderr } = await run('go', ['install', '-ldflags', '-s -w', `${wanted.package}@${wanted.version}`], { env });
    return code === 0
      ? findBuilt(wanted)
      : { missing: `Go does not build ${wanted.name}: ${stderr.trim().split('\n').at(-1) ?? ''}` };
  } catch {
    return { missing: `${wanted.name} is built by Go, which is not here` };
  }
}

const folderOf = ({ name, version }: Pick<GoProgram, 'name' | 'version'>): string => join(CACHE, 'go', `${name}-${version}`);
