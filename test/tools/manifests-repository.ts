import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { binaryOf, type HelmMajor } from './helm.ts';
import { parseManifests, type Manifest } from './manifests.ts';
import { runProgram } from './program.ts';
import type { Result } from './run.ts';

/** A folder with a values.yaml, in which commands are run. */
export interface ManifestsRepository {
  readonly folder: string;
  readonly command: (...words: string[]) => Promise<Result>;
  /** The texts of the manifests' folder, by path. */
  readonly texts: () => Record<string, string>;
  readonly objects: () => Manifest[];
}

/** A folder of its own with values and schema files; what is run in it finds one Helm. */
export async function makeRepository(
  values: string,
  files: Readonly<Record<string, string>> = {},
  major: HelmMajor = 4,
): Promise<ManifestsRepository> {
  const folder = temporaryFolder();
  writeFiles(folder, { ...files, 'values.yaml': values });
  const programs = temporaryFolder();
  const own = await binaryOf(major);
  if (own !== 'helm') symlinkSync(own, join(programs, 'helm'));
  const env = { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}`, XDG_CACHE_HOME: programs };
  const out = join(folder, 'manifests');
  const texts = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((path) => [path.slice(out.length + 1), readFileSync(path, 'utf8')]),
    );
  return {
    folder,
    command: (...words) => runProgram(words, { cwd: folder, env }),
    texts,
    objects: () =>
      Object.entries(texts())
        .filter(([path]) => path.endsWith('.yaml'))
        .flatMap(([, text]) => parseManifests(text)),
  };
}
