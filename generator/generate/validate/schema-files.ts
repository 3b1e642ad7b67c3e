import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import type { SchemaFile } from '../model.ts';
import type { ParsedValues } from '../parse.ts';
import { lineOf, positionAt, type Problem } from '../problem.ts';
import type { SchemaFolder } from '../read.ts';
import { problemOf } from './finding.ts';
import { refusalOf } from './statements.ts';

/** A ConfigMap's limit (1 MiB, ConfigMap.data in the Kubernetes API), less room for its metadata. */
const CONFIG_MAP_BYTES = 1024 * 1024 - 4096;

/** What Kubernetes allows as a ConfigMap's key, with the number that gives the order. */
const FILE_NAME = /^[0-9]{3,}_[A-Za-z0-9._-]+\.sql$/;

export interface CheckedSchemaFiles {
  /** The schema files of each service, by its name. */
  readonly files: ReadonlyMap<string, readonly SchemaFile[]>;
  readonly problems: readonly Problem[];
}

/** Reads every schema file with PostgreSQL's own parser and refuses what could not be applied in one transaction. */
export async function checkSchemaFiles(parsed: ParsedValues, folders: readonly SchemaFolder[]): Promise<CheckedSchemaFiles> {
  await loadModule();
  const problems: Problem[] = [];
  const files = new Map<string, readonly SchemaFile[]>();
  for (const folder of folders) {
    if (folder.files === undefined) {
      problems.push(missingFolder(parsed, folder));
      continue;
    }
    const decoded = folder.files.flatMap((file) => decode(`${folder.path}/${file.name}`, file.name, file.bytes, problems));
    problems.push(...decoded.flatMap((file) => checkFile(`${folder.path}/${file.name}`, file)));
    problems.push(...checkSize(folder));
    files.set(folder.service, decoded);
  }
  return { files, problems };
}

function missingFolder(parsed: ParsedValues, { service, path }: SchemaFolder): Problem {
  return problemOf(parsed, {
    path: ['services', service, 'schema'],
    message: `there is no folder "${path}" beside ${parsed.file}`,
    hint: 'Make it, or leave the field out if the service has no schema files.',
  });
}

function decode(path: string, name: string, bytes: Uint8Array, problems: Problem[]): SchemaFile[] {
  try {
    return [{ name, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }];
  } catch {
    problems.push({ file: path, message: 'the file is not UTF-8', hint: 'Save it as UTF-8; PostgreSQL is told that it is.' });
    return [];
  }
}

function checkFile(path: string, { name, text }: SchemaFile): Problem[] {
  if (!FILE_NAME.test(name)) {
    const hint =
      'Name it by its turn, for example 001_tables.sql: three digits or more, an underscore, then letters, digits, . _ -';
    return [{ file: path, message: `"${name}" is not a name of a schema file`, hint }];
  }
  if (text.includes('\0')) return [{ file: path, message: 'the file has a NUL character, which PostgreSQL does not accept' }];
  if (text.trim() === '') return [{ file: path, message: 'the file is empty', hint: 'Write its SQL, or remove it.' }];
  try {
    const statements = parseSync(text).stmts ?? [];
    return statements.flatMap((statement) => {
      const refusal = refusalOf(statement.stmt);
      if (refusal === undefined) return [];
      return [problemIn(path, text, startOf(text, statement.stmt_location ?? 0), refusal.message, refusal.hint)];
    });
  } catch (error) {
    return [syntaxProblem(path, text, error)];
  }
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

function checkSize({ service, path, files }: SchemaFolder): Problem[] {
  const bytes = (files ?? []).reduce((sum, file) => sum + file.bytes.length + file.name.length, 0);
  if (bytes <= CONFIG_MAP_BYTES) return [];
  const message = `the schema files of ${service} have ${bytes} bytes; a ConfigMap holds ${CONFIG_MAP_BYTES}`;
  return [{ file: path, message, hint: 'Keep data out of schema files: load it from the service.' }];
}
