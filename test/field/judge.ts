import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '../../generator/generate/generate.ts';
import { formatProblem, InputError } from '../../generator/generate/problem.ts';
import { readInput } from '../../generator/generate/read.ts';
import { EXTENSIONS } from '../../generator/generate/validate/extensions.ts';
import { temporaryFolder } from '../tools/folders.ts';
import type { PostgresMajor } from '../tools/postgres-binaries.ts';
import { runProgram } from '../tools/program.ts';
import { project } from '../tools/project.ts';
import { putUnchanged } from './sets.ts';

/** A service as its entry and its folder say it. */
export interface Accepted {
  readonly name: string;
  /** Its schema files, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** Those that only the admin may make, which its entry names. */
  readonly extensions: readonly string[];
}

/** What comes of migrations before anything runs. */
export type Judgement =
  | ({ readonly fate: 'unchanged' | 'imported' } & Accepted)
  /** With what was said to it as it is, and by import-schema. */
  | { readonly fate: 'refused'; readonly said: string };

/** The values of a deployment with these services. */
export function valuesOf(major: PostgresMajor, services: readonly Omit<Accepted, 'files'>[]): string {
  const entries = services.map(({ name, extensions }): [string, unknown] => [
    name,
    { database: name.replaceAll('-', '_'), connectionLimit: 2, extensions },
  ]);
  return JSON.stringify({
    postgresql: { version: String(major), allowedExtensions: [...new Set(services.flatMap(({ extensions }) => extensions))] },
    services: Object.fromEntries(entries),
  });
}

/** Tries migrations as they are, then by the one command. */
export async function judge(name: string, migrations: string, major: PostgresMajor): Promise<Judgement> {
  const folder = temporaryFolder();
  const schemaFolder = join(folder, 'schema/databases', name);
  const values = join(folder, 'values.yaml');
  const extensions = extensionsOf(migrations);
  writeFileSync(values, valuesOf(major, [{ name, extensions }]));
  putUnchanged(migrations, schemaFolder);
  const unchanged = await refusalOf(values);
  if (unchanged === undefined) return { fate: 'unchanged', name, files: filesOf(schemaFolder), extensions };
  rmSync(schemaFolder, { recursive: true });
  const { code, output } = await runProgram(['import-schema', name, migrations, '--values', values], { cwd: folder });
  if (code === 0) return { fate: 'imported', name, files: filesOf(schemaFolder), extensions };
  return { fate: 'refused', said: `as they are:\n${unchanged}\n\nimport-schema:\n${output}` };
}

/** What its team would be told to name in its entry. */
function extensionsOf(migrations: string): string[] {
  const isNamed = (name: string): boolean => {
    const known = EXTENSIONS.get(name);
    return known !== undefined && known.isInImage && !known.isTrusted && known.refusal === undefined;
  };
  const made = textsOf(migrations).flatMap((text) =>
    [...text.matchAll(/\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([\w-]+)/gi)].map(([, name = '']) => name),
  );
  return [...new Set(made)].filter(isNamed).sort();
}

function textsOf(migrations: string): string[] {
  if (statSync(migrations).isFile()) return [readFileSync(migrations, 'utf8')];
  const entries = readdirSync(migrations, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

async function refusalOf(values: string): Promise<string | undefined> {
  try {
    const { notes } = await generate(readInput({ values, out: join(values, '../chart') }, project));
    return notes.find((note) => note.includes('are not applied'));
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(formatProblem).join('\n');
    throw error;
  }
}

function filesOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
