import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './folders.ts';

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
  return { missing: `${name} ${version} was not built: npm run graders builds it where there is Go` };
}

const folderOf = ({ name, version }: Pick<GoProgram, 'name' | 'version'>): string => join(CACHE, 'go', `${name}-${version}`);
