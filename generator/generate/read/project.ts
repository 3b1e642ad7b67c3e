import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../fields.ts';
import { PROJECT } from '../../project-folder.ts';
import type { Texts } from './texts.ts';

/** The project's own chart. */
export const CHART = join(PROJECT, 'chart');

/** What every run reads of the project itself, whatever the values are. */
export interface Project {
  /** schema/values.schema.json. */
  readonly contract: object;
  /** Every template of the generator, by its file's name. */
  readonly templates: Texts;
  /** The text of every rule, by its file's name: its doc comment is what documentation says of it. */
  readonly rules: Texts;
}

export function readProject(): Project {
  return {
    contract: readContract(),
    templates: readFolder('generator/templates'),
    rules: readFolder('generator/generate/validate/rules'),
  };
}

/** schema/values.schema.json as one document: what it takes from schema/kubernetes.json is in its `$defs`. */
export function readContract(): object {
  return { ...readSchema('values.schema.json'), $defs: readSchema('kubernetes.json')['$defs'] };
}

function readSchema(name: string): Readonly<Record<string, unknown>> {
  const text = readFileSync(join(PROJECT, 'schema', name), 'utf8');
  const schema: unknown = JSON.parse(text.replaceAll('"kubernetes.json#/', '"#/'));
  if (!isRecord(schema)) throw new Error(`schema/${name} is not an object`);
  return schema;
}

/** The parts of the report's page, by their files' names. */
export function readPage(): Texts {
  return readFolder('generator/templates/report');
}

/** What a repository of one's own is made of, by the files' names. */
export function readRepositoryTemplates(): Texts {
  return readFolder('generator/templates/repository');
}

/** What completes the words of a command in a shell, by the shell's file. */
export function readCompletions(): Texts {
  return readFolder('generator/templates/completion');
}

function readFolder(path: string): Texts {
  const folder = join(PROJECT, path);
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ name }) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** The page for whoever connects, from which `snippet` takes its texts. */
export function readConnectPage(): string {
  return readFileSync(join(PROJECT, 'docs/connect.md'), 'utf8');
}

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  return isRecord(manifest) ? String(manifest['version']) : '';
}
