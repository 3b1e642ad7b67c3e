import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { temporaryFolder } from '../tools/folders.ts';
import { run, runOk } from '../tools/run.ts';
import list from './sets.json' with { type: 'json' };

/** The real migrations of a public repository. */
export interface MigrationSet {
  readonly name: string;
  /** By what its team migrates. */
  readonly tool: string;
  /** owner/name on GitHub. */
  readonly repository: string;
  readonly commit: string;
  /** The folder of the migrations, or the one file. */
  readonly path: string;
}

/** All that are tried, or those that are named. */
export function chooseSets(names: readonly string[]): readonly MigrationSet[] {
  return names.length === 0 ? list : list.filter(({ name }) => names.includes(name));
}

/** Where its migrations lie now; undefined where the folder of clones has no such commit. */
export async function checkOut(set: MigrationSet, clones: string): Promise<string | undefined> {
  const git = join(clones, set.repository.replace('/', '+'), 'repo');
  const found = await run('git', ['--git-dir', git, 'cat-file', '-e', `${set.commit}:${set.path}`]);
  if (found.code !== 0) return undefined;
  const folder = temporaryFolder();
  const archive = join(folder, '.tar');
  await runOk('git', ['--git-dir', git, 'archive', '--output', archive, set.commit, '--', set.path]);
  await runOk('tar', ['xf', archive, '-C', folder]);
  return join(folder, set.path);
}

/** Puts them into a schema folder as they are. */
export function putUnchanged(migrations: string, schemaFolder: string): void {
  mkdirSync(schemaFolder, { recursive: true });
  const isFile = statSync(migrations).isFile();
  cpSync(migrations, isFile ? join(schemaFolder, basename(migrations)) : schemaFolder, { recursive: true });
}
