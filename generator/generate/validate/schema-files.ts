import type { ParsedValues } from '../parse.ts';
import type { Problem } from '../problem.ts';
import type { Input } from '../read.ts';
import type { SqlFile } from '../read/schema-folders.ts';
import type { CompleteValues } from './contract.ts';
import { problemOf } from './finding.ts';
import { loadParser, type Parse } from './parser.ts';
import { checkText } from './schema-text.ts';

/** A ConfigMap's limit (1 MiB, ConfigMap.data in the Kubernetes API), less room for its metadata. */
const CONFIG_MAP_BYTES = 1024 * 1024 - 4096;

/** What Kubernetes allows as a ConfigMap's key, with the number that gives the order. */
const FILE_NAME = /^[0-9]{3,}_[A-Za-z0-9._-]+\.sql$/;
const FILE_NAME_LENGTH = 253;

/** One SQL file of a service. */
export interface SchemaFile {
  /** Its name, without the folder: `001_tenants.sql`. */
  readonly name: string;
  readonly text: string;
  /** The lines, from 1, at which it can be cut into whole statements. */
  readonly lines: readonly number[];
}

export interface CheckedSchemaFiles {
  /** The schema files of each service that is enabled, by its name. */
  readonly files: ReadonlyMap<string, readonly SchemaFile[]>;
  readonly problems: readonly Problem[];
}

/** Reads every schema file with PostgreSQL's own parser and refuses what could not be applied in one transaction. */
export async function checkSchemaFiles({ parsed, schemaFolders }: Input, values: CompleteValues): Promise<CheckedSchemaFiles> {
  const parse = await loadParser();
  const checked = Object.entries(values.services)
    .filter(([, { enabled }]) => enabled)
    .map(([service, { schema }]) => {
      const { path, files, unreadable } = schemaFolders.get(service) ?? { path: schema };
      if (files) return { service, ...checkFolder(service, path, files, parse) };
      if (unreadable !== undefined) return { service, files: [], problems: [unreadableFolder(path, unreadable)] };
      // A service without a folder of the default name has no schema files; one that values.yaml names must be there.
      return { service, files: [], problems: schema === '' ? [] : [missingFolder(parsed, service, path)] };
    });
  return {
    files: new Map(checked.map(({ service, files }) => [service, files])),
    problems: checked.flatMap(({ problems }) => problems),
  };
}

interface CheckedFiles {
  readonly files: readonly SchemaFile[];
  readonly problems: readonly Problem[];
}

function checkFolder(service: string, path: string, files: readonly SqlFile[], parse: Parse): CheckedFiles {
  const checked = files.map((file) => checkFile(`${path}/${file.name}`, file, parse));
  return {
    files: checked.flatMap((each) => each.files),
    problems: [...checked.flatMap((each) => each.problems), ...checkSize(service, path, files)],
  };
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

function checkFile(path: string, file: SqlFile, parse: Parse): CheckedFiles {
  if ('unreadable' in file) return { files: [], problems: [unreadableFile(path, file.unreadable)] };
  const { name, bytes } = file;
  if (!FILE_NAME.test(name) || name.length > FILE_NAME_LENGTH) return { files: [], problems: [unfitName(path, name)] };
  const { lines, problems } = checkText(path, bytes, parse);
  return { files: problems.length > 0 ? [] : [{ name, text: new TextDecoder().decode(bytes), lines }], problems };
}

function unreadableFile(file: string, reason: string): Problem {
  const hint = 'A schema file is a regular file in the folder of its service; put its text there.';
  return { file, message: `the schema file is not read: ${reason}`, hint };
}

function unfitName(file: string, name: string): Problem {
  const hint =
    'Name it by its turn, for example 001_tables.sql: three digits or more, an underscore, then letters, digits, . _ -; at most 253 characters';
  return { file, message: `"${name}" is not a name of a schema file`, hint };
}

function checkSize(service: string, path: string, files: readonly SqlFile[]): Problem[] {
  const bytes = files.reduce((sum, file) => sum + ('bytes' in file ? file.bytes.length : 0) + file.name.length, 0);
  if (bytes <= CONFIG_MAP_BYTES) return [];
  const message = `the schema files of ${service} have ${bytes} bytes; a ConfigMap holds ${CONFIG_MAP_BYTES}`;
  return [{ file: path, message, hint: 'Keep data out of schema files: load it from the service.' }];
}
