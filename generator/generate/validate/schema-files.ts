import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import type { ParsedValues } from '../parse.ts';
import { lineOf, positionAt, type Problem } from '../problem.ts';
import type { Input } from '../read.ts';
import type { SchemaFolder, SqlFile } from '../read/schema-folders.ts';
import type { CompleteValues } from './contract.ts';
import { problemOf } from './finding.ts';
import { refusalOf } from './statements.ts';

/** A ConfigMap's limit (1 MiB, ConfigMap.data in the Kubernetes API), less room for its metadata. */
const CONFIG_MAP_BYTES = 1024 * 1024 - 4096;

/** What Kubernetes allows as a ConfigMap's key, with the number that gives the order. */
const FILE_NAME = /^[0-9]{3,}_[A-Za-z0-9._-]+\.sql$/;

/** One SQL file of a service. */
export interface SchemaFile {
  /** Its name, without the folder: `001_tenants.sql`. */
  readonly name: string;
  readonly text: string;
}

export interface CheckedSchemaFiles {
  /** The schema files of each service that is enabled, by its name. */
  readonly files: ReadonlyMap<string, readonly SchemaFile[]>;
  readonly problems: readonly Problem[];
}

/** Reads every schema file with PostgreSQL's own parser and refuses what could not be applied in one transaction. */
export async function checkSchemaFiles({ parsed, schemaFolders }: Input, values: CompleteValues): Promise<CheckedSchemaFiles> {
  await loadModule();
  const checked = Object.entries(values.services)
    .filter(([, { enabled }]) => enabled)
    .map(([service, { schema }]) => {
      const folder = schemaFolders.get(service) ?? { path: schema };
      return { service, ...checkFolder(parsed, service, folder, schema !== '') };
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

/** A service without a folder of the default name has no schema files; one that values.yaml names must be there. */
function checkFolder(parsed: ParsedValues, service: string, folder: SchemaFolder, isNamed: boolean): CheckedFiles {
  const { path, files, unreadable } = folder;
  if (unreadable !== undefined) return { files: [], problems: [unreadableFolder(path, unreadable)] };
  if (files === undefined) return { files: [], problems: isNamed ? [missingFolder(parsed, service, path)] : [] };
  const checked = files.map((file) => checkFile(`${path}/${file.name}`, file));
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

function checkFile(path: string, file: SqlFile): CheckedFiles {
  if ('unreadable' in file) return { files: [], problems: [unreadableFile(path, file.unreadable)] };
  const { name, bytes } = file;
  const text = decode(bytes);
  if (text !== undefined) return { files: [{ name, text }], problems: checkText(path, { name, text }) };
  const hint = 'Save it as UTF-8; PostgreSQL is told that it is.';
  return { files: [], problems: [{ file: path, message: 'the file is not UTF-8', hint }] };
}

function unreadableFile(file: string, reason: string): Problem {
  const hint = 'A schema file is a regular file in the folder of its service; put its text there.';
  return { file, message: `the schema file is not read: ${reason}`, hint };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function checkText(path: string, { name, text }: SchemaFile): Problem[] {
  if (!FILE_NAME.test(name)) {
    const hint =
      'Name it by its turn, for example 001_tables.sql: three digits or more, an underscore, then letters, digits, . _ -';
    return [{ file: path, message: `"${name}" is not a name of a schema file`, hint }];
  }
  if (text.includes('\0')) return [{ file: path, message: 'the file has a NUL character, which PostgreSQL does not accept' }];
  if (text.trim() === '') return [{ file: path, message: 'the file is empty', hint: 'Write its SQL, or remove it.' }];
  try {
    return (parseSync(text).stmts ?? []).flatMap((statement) => refusedStatement(path, text, statement));
  } catch (error) {
    return [syntaxProblem(path, text, error)];
  }
}

/** A statement of the parser: its node, and where it begins, in bytes; nothing stands for 0. */
interface Statement {
  readonly stmt?: unknown;
  readonly stmt_location?: number;
}

function refusedStatement(path: string, text: string, { stmt, stmt_location: location = 0 }: Statement): Problem[] {
  const refusal = refusalOf(stmt);
  if (refusal === undefined) return [];
  return [problemIn(path, text, startOf(text, location), refusal.message, refusal.hint)];
}

function syntaxProblem(path: string, text: string, error: unknown): Problem {
  if (!hasSqlDetails(error) || !error.sqlDetails) throw error;
  // The parser counts characters, JavaScript counts UTF-16 units.
  const offset = [...text].slice(0, error.sqlDetails.cursorPosition).join('').length;
  if (text[offset] === '\\') {
    const hint = 'Schema files are SQL for the server; write what the command does in SQL.';
    return problemIn(path, text, offset, 'psql meta-commands are not allowed in a schema file', hint);
  }
  if (text[offset] === '\uFEFF')
    return problemIn(path, text, offset, 'the file begins with a byte order mark', 'Save it without one.');
  return problemIn(path, text, offset, error.sqlDetails.message.replace(/\s+/g, ' '));
}

function problemIn(file: string, text: string, offset: number, message: string, hint?: string): Problem {
  const position = positionAt(text, offset);
  return { file, position, message, hint, excerpt: lineOf(text, position.line) };
}

/** The first character of a statement: the parser's location, in bytes, includes the blanks and comments before it. */
function startOf(text: string, byteOffset: number): number {
  const offset = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, byteOffset)).length;
  const gap = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(text.slice(offset));
  return offset + (gap?.[0].length ?? 0);
}

function checkSize(service: string, path: string, files: readonly SqlFile[]): Problem[] {
  const bytes = files.reduce((sum, file) => sum + ('bytes' in file ? file.bytes.length : 0) + file.name.length, 0);
  if (bytes <= CONFIG_MAP_BYTES) return [];
  const message = `the schema files of ${service} have ${bytes} bytes; a ConfigMap holds ${CONFIG_MAP_BYTES}`;
  return [{ file: path, message, hint: 'Keep data out of schema files: load it from the service.' }];
}
