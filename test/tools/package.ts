import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT, temporaryFolder } from './folders.ts';
import { runOk } from './run.ts';

const PARTS = [
  'generator',
  'schema',
  'chart',
  'docs',
  'test',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'SECURITY.md',
  'package.json',
  '.gitignore',
];

/** A copy of the project, as built as a fresh installation of it is, whatever was edited since. */
export async function copyBuiltProject(): Promise<string> {
  const folder = temporaryFolder();
  for (const part of PARTS) cpSync(join(PROJECT, part), join(folder, part), { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  await runOk('node', ['--import', 'tsx', 'test/tools/build.ts'], { cwd: folder });
  return folder;
}

/** What npm says of a package that it made. */
export interface Packed {
  readonly archive: string;
  readonly bytes: number;
  /** The paths of its files. */
  readonly files: readonly string[];
}

/** Packs a copy of the project as it would be published. */
export async function packProject(): Promise<Packed> {
  const folder = await copyBuiltProject();
  const said = await runOk('npm', ['pack', '--json', '--ignore-scripts'], { cwd: folder });
  const [packed] = readPacked(JSON.parse(said));
  if (packed === undefined) throw new Error(`npm packed nothing: ${said}`);
  return { ...packed, archive: join(folder, packed.archive) };
}

function readPacked(said: unknown): Packed[] {
  const list: readonly unknown[] = Array.isArray(said) ? said : [];
  return list.map((entry) => {
    const files: unknown = Reflect.get(Object(entry), 'files');
    return {
      archive: String(Reflect.get(Object(entry), 'filename')),
      bytes: Number(Reflect.get(Object(entry), 'unpackedSize')),
      files: (Array.isArray(files) ? files : []).map((file) => String(Reflect.get(Object(file), 'path'))),
    };
  });
}
