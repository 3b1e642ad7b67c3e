import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceValues } from '../../schema/values.types.ts';
import { isRecord } from './fields.ts';
import { compare, InputError } from './problem.ts';
import { BANNER, type OutputFile } from './render/output.ts';
import type { TemplateTexts } from './render/templates.ts';
import type { Complete, CompleteValues } from './validate/contract.ts';

/** The folder of the project: where the generator, the contract and the chart stand. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The project's own chart. */
export const CHART = join(PROJECT, 'chart');

export interface Source {
  /** values.yaml as the person named it. */
  readonly file: string;
  readonly text: string;
  /** schema/values.schema.json. */
  readonly contract: object;
}

export interface SchemaFolder {
  readonly service: string;
  /** Relative to values.yaml. */
  readonly path: string;
  /** Its .sql files; undefined when values.yaml names a folder that is not there. */
  readonly files?: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** Reads values.yaml and the contract. Throws InputError when values.yaml cannot be read or is not UTF-8. */
export function readSource(valuesFile: string): Source {
  const file = relative(process.cwd(), resolve(valuesFile));
  return {
    file,
    text: readText(file),
    contract: parseContract(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8')),
  };
}

function parseContract(text: string): object {
  const contract: unknown = JSON.parse(text);
  if (typeof contract !== 'object' || contract === null) throw new Error('schema/values.schema.json is not an object');
  return contract;
}

/** The text of a file, or of standard input for `-`. Throws InputError when it cannot be read or is not UTF-8. */
export function readInput(file: string): string {
  return file === '-' ? readFileSync(0, 'utf8') : readText(file);
}

function readText(file: string): string {
  const bytes = readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError([{ file, message: 'the file is not UTF-8', hint: 'Save it as UTF-8.' }]);
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError([{ file, message: `the file cannot be read: ${reason}`, hint: 'Name another with --values FILE.' }]);
  }
}

/** Reads the schema files of every enabled service. A service without a folder of the default name has none. */
export function readSchemaFolders(valuesFile: string, values: CompleteValues): SchemaFolder[] {
  const root = dirname(resolve(valuesFile));
  return Object.entries(values.services)
    .filter(([, service]) => service.enabled)
    .flatMap(([service, entry]) => {
      const path = schemaFolderOf(service, entry);
      const files = readSqlFiles(join(root, path));
      return files === undefined && entry.schema === '' ? [] : [{ service, path, files }];
    });
}

/** Folders below schema/databases that belong to no service: most likely a name with a typing error. */
export function findUnusedFolders(valuesFile: string, values: CompleteValues): string[] {
  const home = 'schema/databases';
  const used = new Set(Object.entries(values.services).map(([service, entry]) => schemaFolderOf(service, entry)));
  return listFolder(join(dirname(resolve(valuesFile)), home))
    .map((name) => `${home}/${name}`)
    .filter((path) => !used.has(path))
    .sort();
}

/** The folder of a service's schema files, relative to values.yaml. */
function schemaFolderOf(service: string, { schema }: Pick<Complete<ServiceValues>, 'schema'>): string {
  return schema || `schema/databases/${service}`;
}

function readSqlFiles(folder: string): SchemaFolder['files'] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

function listFolder(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

/** The text of every template of the generator. */
export function readTemplates(): TemplateTexts {
  const read = (name: string): string => readFileSync(join(PROJECT, 'generator/templates', `${name}.hbs`), 'utf8');
  return { 'service.yaml': read('service.yaml'), 'sources.tpl': read('sources.tpl'), 'README.md': read('README.md') };
}

/** The hand-written files of the chart, for a chart that is written to another folder than the project's. */
export function readHandWritten(): OutputFile[] {
  return readdirSync(CHART, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(CHART, file).replaceAll('\\', '/'), content: readFileSync(file, 'utf8') }))
    .filter(({ content }) => !content.slice(0, 300).includes(BANNER))
    .sort((a, b) => compare(a.path, b.path));
}

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  return isRecord(manifest) ? String(manifest['version']) : '';
}
