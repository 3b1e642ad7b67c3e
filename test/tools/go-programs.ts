import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/** A program whose sources lie in a folder here: other sources are another program. */
export interface OwnGoProgram {
  readonly name: string;
  readonly sources: string;
  /** For Go's linker, beside what makes it small. */
  readonly flags?: string;
}

/** Such a program, built where that is still to be done: minutes, and gigabytes of Go's caches. */
export async function findOrBuildOwn(wanted: OwnGoProgram): Promise<Found> {
  const built = findOwn(wanted);
  if ('program' in built) return built;
  const { name, sources, flags = '' } = wanted;
  const args = ['build', '-trimpath', '-ldflags', `-s -w ${flags}`, '-o', pathOf(wanted), '.'];
  try {
    const { code, stderr } = await run('go', args, { cwd: sources, env: { ...process.env, CGO_ENABLED: '0' } });
    return code === 0 ? findOwn(wanted) : { missing: `Go does not build ${name}: ${stderr.trim()}` };
  } catch {
    return { missing: `${name} is built by Go, which is not here` };
  }
}

/** Such a program if it was built before. */
export function findOwn(wanted: OwnGoProgram): Found {
  const program = pathOf(wanted);
  return existsSync(program) ? { program } : { missing: `${wanted.name} was not built here` };
}

function pathOf({ name, sources, flags = '' }: OwnGoProgram): string {
  const hash = createHash('sha256').update(flags);
  for (const file of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, file)));
  return join(CACHE, 'go', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

const folderOf = ({ name, version }: Pick<GoProgram, 'name' | 'version'>): string => join(CACHE, 'go', `${name}-${version}`);
