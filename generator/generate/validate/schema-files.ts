import { CONFIG_MAP_BYTES } from '../layout.ts';
import type { ParsedValues } from '../parse.ts';
import type { Problem } from '../problem.ts';
import type { Input } from '../read.ts';
import type { SchemaFolder, SqlFile } from '../read/schema-folders.ts';
import { placementsOf } from './extensions.ts';
import { problemOf } from './finding.ts';
import type { Parse } from './parser.ts';
import { inTurn, othersOf, refuseName, refusePassedOver, refuseTwins } from './schema-names.ts';
import { checkObjects, type ReadSchemaFile } from './schema-objects.ts';
import type { Beginning } from './objects/judge.ts';
import type { Settled } from './rule.ts';
import { checkText, type CheckedText } from './schema-text.ts';
import type { Step } from './statements/outside.ts';
import { servicesOf, type Service } from './statements/service.ts';

/** One SQL file of a service. */
export interface SchemaFile {
  /** Its name, without the folder: `001_tenants.sql`. */
  readonly name: string;
  readonly text: string;
  /** The lines, from 1, at which it can be cut into whole statements. */
  readonly lines: readonly number[];
  /** How each statement is run, where the file runs outside a transaction. */
  readonly steps?: readonly Step[];
}

export interface CheckedSchemaFiles {
  /** The schema files of each service that is enabled, by its name, in the order in which they are applied. */
  readonly files: ReadonlyMap<string, readonly SchemaFile[]>;
  readonly problems: readonly Problem[];
}

/** Reads every schema file with PostgreSQL's own parser and refuses what could not be applied in one transaction. */
export async function checkSchemaFiles(
  { parsed, schemaFolders }: Input,
  { values, names }: Settled,
  parse: Parse,
): Promise<CheckedSchemaFiles> {
  const serviceOf = servicesOf(values, names);
  const folders = new Set([...schemaFolders.values()].map(({ path }) => path));
  const files = new Map<string, readonly SchemaFile[]>();
  const problems: (readonly Problem[])[] = [];
  for (const [service, { enabled, schema }] of Object.entries(values.services)) {
    if (!enabled) continue;
    const folder = schemaFolders.get(service) ?? { path: schema };
    const check: Check = (path, bytes) => checkText(path, bytes, serviceOf(service), parse);
    const beginning = beginningOf(values, serviceOf(service), service);
    const checked = folder.files ? await checkFolder({ service, check, beginning }, folder, folders) : undefined;
    files.set(service, checked?.files ?? []);
    problems.push(checked?.problems ?? noFolder(parsed, service, folder, schema !== ''));
  }
  return { files, problems: problems.flat() };
}

/** What there is before the files run; undefined where the service takes over a database, which may have anything. */
function beginningOf({ services }: Settled['values'], service: Service, name: string): Beginning | undefined {
  const { adopt = '', searchPath = [], placedExtensions = {} } = services[name] ?? {};
  const { major, extensions, logins } = service;
  const schemas = Object.values(placementsOf({ placedExtensions })).flatMap(({ schema }) => schema ?? []);
  return adopt === '' ? { major, extensions, schemas, logins, hasPath: searchPath.length > 0 } : undefined;
}

/** Why there are no files. A service without a folder of the default name has none; one that values.yaml names must be there. */
function noFolder(parsed: ParsedValues, service: string, { path, unreadable }: SchemaFolder, isNamed: boolean): Problem[] {
  if (unreadable !== undefined) return [unreadableFolder(path, unreadable)];
  return isNamed ? [missingFolder(parsed, service, path)] : [];
}

function unreadableFolder(file: string, reason: string): Problem {
  const hint = 'It must be a folder of its own, with files that whoever runs this may read.';
  return { file, message: `the folder is not read: ${reason}`, hint };
}

function missingFolder(parsed: ParsedValues, service: string, path: string): Problem {
  return problemOf(parsed, {
    path: ['services', service, 'schema'],
    message: `there is no folder "${path}" beside ${parsed.file}`,
    hint: 'Make it, or leave the field out if the service has no schema files.',
  });
}

/** Checks a text of the service, by its path and its bytes. */
type Check = (path: string, bytes: Uint8Array) => Promise<CheckedText>;

interface CheckedFiles {
  readonly files: readonly SchemaFile[];
  readonly problems: readonly Problem[];
}

/** What the files of a folder are checked by. */
interface Checks {
  readonly service: string;
  readonly check: Check;
  readonly beginning: Beginning | undefined;
}

async function checkFolder(checks: Checks, folder: SchemaFolder, folders: ReadonlySet<string>): Promise<CheckedFiles> {
  const { path, files = [] } = folder;
  const checked: CheckedFile[] = [];
  for (const file of inTurn(files)) checked.push(await checkFile(checks, `${path}/${file.name}`, file));
  const read = checked.flatMap((each) => each.read ?? []);
  const problems = [
    ...checked.flatMap((each) => each.problems),
    // What a file makes that was not read is not known.
    ...(checks.beginning && read.length === files.length ? checkObjects(read, checks.beginning) : []),
    ...refuseTwins(
      path,
      files.map(({ name }) => name),
    ),
    ...refusePassedOver(folder, othersOf(folder, folders)),
    ...checkSize(checks.service, path, files),
  ];
  return { files: checked.flatMap((each) => each.files), problems };
}

interface CheckedFile extends CheckedFiles {
  /** As the parser has read it, where it refused nothing. */
  readonly read?: ReadSchemaFile;
}

async function checkFile({ service, check }: Checks, path: string, file: SqlFile): Promise<CheckedFile> {
  if ('unreadable' in file) return { files: [], problems: [unreadableFile(path, file.unreadable)] };
  const unfit = refuseName(path, service, file.name);
  if (unfit) return { files: [], problems: [unfit] };
  // Of a file that was not read because of its size the size is told.
  if ('size' in file) return { files: [], problems: [] };
  const bytes = withoutMark(file.bytes);
  const { problems, statements, ...checked } = await check(path, bytes);
  const [text, runsOutside] = [new TextDecoder().decode(bytes), checked.steps !== undefined];
  const { name } = file;
  return {
    files: problems.length > 0 ? [] : [{ name, text, ...checked }],
    problems,
    ...(statements && { read: { path, name, text, bytes, statements, runsOutside } }),
  };
}

/** Some editors and tools begin a file with a byte order mark; psql takes it off as well. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function unreadableFile(file: string, reason: string): Problem {
  const hint = 'A schema file is a regular file in the folder of its service; put its text there.';
  return { file, message: `the schema file is not read: ${reason}`, hint };
}

function checkSize(service: string, path: string, files: readonly SqlFile[]): Problem[] {
  const bytes = files.reduce((sum, file) => sum + sizeOf(file) + file.name.length, 0);
  if (bytes <= CONFIG_MAP_BYTES) return [];
  const largest = files.reduce((first, file) => (sizeOf(file) > sizeOf(first) ? file : first));
  const file = sizeOf(largest) > CONFIG_MAP_BYTES ? `${path}/${largest.name}` : path;
  const message = `the schema files of ${service} have ${bytes} bytes; a ConfigMap holds ${CONFIG_MAP_BYTES}`;
  return [{ file, message, hint: 'Keep data out of schema files: load it from the service.' }];
}

function sizeOf(file: SqlFile): number {
  if ('bytes' in file) return file.bytes.length;
  return 'size' in file ? file.size : 0;
}
