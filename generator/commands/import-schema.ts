import { Argument } from 'commander';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { generate, type Generated } from '../generate/generate.ts';
import { printableLine } from '../generate/printable.ts';
import { formatProblem, InputError, type Problem } from '../generate/problem.ts';
import { readInput, type Input } from '../generate/read.ts';
import { readMigrations, type FoundFile } from '../generate/read/migrations.ts';
import type { SchemaFolder } from '../generate/read/schema-folders.ts';
import type { OutputFile } from '../generate/render/output.ts';
import { parserOfPostgres, type Parse } from '../generate/validate/parser.ts';
import type { Service } from '../generate/validate/statements/service.ts';
import { write } from '../generate/write.ts';
import { isDump, schemaOfDump, textOf, type NoSql } from '../import/dump.ts';
import { mend } from '../import/mended.ts';
import { nameMigrations, sortMigrations } from '../import/migrations.ts';
import { refuseUnknown } from './archive.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { linesOfPaths } from './lists.ts';
import { valuesOption, type Values } from './options.ts';
import { aside, finding, note, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'import-schema',
  arguments: [
    new Argument('<service>', 'the service whose schema files they become'),
    new Argument('<source>', 'a dump of pg_dump, or the folder of migrations of another tool'),
  ],
  options: [valuesOption],
  examples: [
    { run: 'shared-postgresql import-schema user-service dump.sql', does: 'of what pg_dump --schema-only printed' },
    {
      run: 'shared-postgresql import-schema user-service ../users/prisma/migrations',
      does: 'of Prisma, Diesel, golang-migrate, goose, dbmate or Flyway',
    },
  ],
  run,
  print,
});

/** What was written. Paths begin where the command was run. */
interface ImportedSchema {
  readonly written: readonly string[];
  /** Files that were there already, with the same text. */
  readonly known: readonly string[];
  /** Sentences on what is not in them. */
  readonly remarks: readonly string[];
  /** What generate says of them. */
  readonly refused: readonly string[];
}

async function run(talk: Talk<ImportedSchema>, service: string, source: string, { values }: Values): Promise<ExitCode> {
  const input = readInput({ values });
  const generated = await generate(withoutFiles(input));
  refuseUnknown(generated, [service]);
  const made = await makeFiles(generated, service, source);
  const root = dirname(resolve(values));
  const folder = input.schemaFolders.get(service) ?? { path: `schema/databases/${service}` };
  const { missing, known } = compareNames(folder, made.files);
  write(root, { changed: missing, unchanged: [], stale: [] }, () => undefined);
  const refused = [...made.programs.map(notRun), ...(await problemsOf(values))];
  return talk.tell(refused.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, {
    written: missing.map(({ path }) => join(dirname(values), path)),
    known,
    remarks: made.remarks,
    refused,
  });
}

/** What is refused of files that are there already is no reason to write none beside them. */
function withoutFiles(input: Input): Input {
  const folders = [...input.schemaFolders].map(
    ([service, { path, files, unreadable }]) => [service, { path, files: files && [], unreadable }] as const,
  );
  return { ...input, schemaFolders: new Map(folders) };
}

/** A migration among the others that is no SQL: those behind it may need what it does. */
const PROGRAM =
  /^(?:.*\/)?V?\d[^/]*\.(?:go|js|mjs|cjs|ts|py|rb|php|java|kt|cs|ex|exs|fizz|xml|ya?ml)$|(?:^|\/)migration\.[jt]s$/i;

const isProgram = (path: string): boolean => PROGRAM.test(path) && !/[._](test|down)\.\w+$/i.test(path);

function notRun(path: string): string {
  return formatProblem({
    file: path,
    message: 'the migration is no SQL, and what it does is in no schema file',
    hint: 'Write it as a schema file of its turn, or leave the migrations to their tool: it logs in as the service.',
  });
}

interface Made {
  /** By the name of the schema file. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly remarks: readonly string[];
}

async function makeFiles(
  generated: Generated,
  service: string,
  source: string,
): Promise<Made & { readonly programs: readonly string[] }> {
  const { files, others } = readMigrations(source);
  const [only] = files;
  const isAlone = files.length === 1 && only?.path === basename(source);
  if (isAlone) refuseOtherEnding(source);
  const { migrations, leftOut, unnumbered } = sortMigrations(isAlone ? [withTurn(only)] : files);
  refuseUnnumbered(source, unnumbered, migrations.length + leftOut.length);
  const names = nameMigrations(migrations);
  const whose = whoseOf(generated, service);
  const parse = parserOfPostgres(whose.major);
  const made: Made[] = [];
  for (const [index, migration] of migrations.entries()) {
    const name = names[index] ?? '';
    made.push(
      isDump(migration.text) ? await ofDump(migration, name, [whose, parse]) : await ofMigration(migration, name, [whose, parse]),
    );
  }
  return {
    files: made.flatMap((each) => each.files),
    remarks: [
      ...made.flatMap(({ remarks }) => remarks),
      ...leftOut.map(notInThem),
      ...passedOver(others.filter((path) => !isProgram(path))),
    ],
    programs: others.filter(isProgram),
  };
}

const notInThem = (what: string): string => `not in them: ${what}`;

function passedOver([first, ...more]: readonly string[]): string[] {
  if (first === undefined) return [];
  return [notInThem(more.length === 0 ? `${first} is no SQL` : `${first} and ${more.length} more are no SQL`)];
}

/** A file that somebody names alone is the first, if it has no number. */
function withTurn({ path, text }: FoundFile): FoundFile {
  return { path: /^\d/.test(path) ? path : `001_${path}`, text };
}

/** A file of another kind has no turn that could be said. Throws InputError. */
function refuseOtherEnding(source: string): void {
  const hint = `If it holds SQL, name it so: ${basename(source, extname(source))}.sql.`;
  if (extname(source).toLowerCase() !== '.sql')
    throw new InputError([{ file: source, message: 'its name does not end in .sql', hint }]);
}

function refuseUnnumbered(source: string, unnumbered: readonly string[], others: number): void {
  const hint =
    'Give them their turn: 001_name.sql. Known are golang-migrate, goose, dbmate, Flyway, Prisma and Diesel, and what pg_dump prints.';
  if (unnumbered.length > 0)
    throw new InputError(
      unnumbered.map((path) => ({ file: join(source, path), message: 'it has no number, so that nobody knows its turn', hint })),
    );
  const where = 'Name the folder whose files, or whose folders, are the migrations: their names end in .sql.';
  if (others === 0) throw new InputError([{ file: source, message: 'there is no SQL file in it', hint: where }]);
}

function whoseOf({ model }: Generated, ofService: string): Service {
  const { major } = model.server;
  const service = model.services.find((each) => each.name === ofService);
  const { database = '', user = '', extensions = [], adminExtensions = [] } = service ?? {};
  const declared = [...extensions, ...adminExtensions];
  return { major, database, logins: [user], roles: new Set([user]), extensions: declared, isOfficialImage: true };
}

/** Whose files they become, and the parser of its server, which is loaded once. */
type Reader = readonly [whose: Service, parse: Parse];

async function ofMigration({ path, text }: FoundFile, name: string, reader: Reader): Promise<Made> {
  const mended = await mend(text, ...reader);
  const remarks = mended.done.length > 0 ? [`${path}: ${mended.done.join(', ')}`] : [];
  return { files: [{ name, text: mended.text }], remarks };
}

async function ofDump({ path, text: dump }: FoundFile, name: string, [whose, parse]: Reader): Promise<Made> {
  const schema = await schemaOfDump(dump, whose, parse);
  if ('message' in schema) throw new InputError([noSql(path, schema)]);
  const text = textOf(schema.withExtensions);
  return { files: schema.statements.length === 0 ? [] : [{ name, text }], remarks: schema.leftOut.map(notInThem) };
}

function noSql(file: string, { line, message }: NoSql): Problem {
  return { file, position: { line, column: 1 }, message, hint: 'Dump it anew: pg_dump --schema-only --no-owner.' };
}

/** Nothing that is there is written over. Throws InputError. */
function compareNames(
  { path: folder, files = [] }: SchemaFolder,
  made: Made['files'],
): { readonly missing: readonly OutputFile[]; readonly known: readonly string[] } {
  const present = new Map(files.map((file) => [file.name, 'bytes' in file ? new TextDecoder().decode(file.bytes) : undefined]));
  const other = made.filter(({ name, text }) => present.has(name) && present.get(name) !== text);
  const hint = 'A schema file that may have been applied is never written over: rename or remove one of the two.';
  if (other.length > 0)
    throw new InputError(
      other.map(({ name }) => ({ file: `${folder}/${name}`, message: 'it is there already, with another text', hint })),
    );
  return {
    missing: made
      .filter(({ name }) => !present.has(name))
      .map(({ name, text }) => ({ path: `${folder}/${name}`, content: text })),
    known: made.filter(({ name }) => present.has(name)).map(({ name }) => name),
  };
}

async function problemsOf(values: string): Promise<string[]> {
  try {
    await generate(readInput({ values }));
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(formatProblem);
    throw error;
  }
}

function print({ written, known, remarks, refused }: ImportedSchema): Line[] {
  return [
    ...linesOfPaths('wrote  ', written).map(aside),
    ...linesOfPaths('as it was', known).map(aside),
    ...remarks.map((sentence) => note(printableLine(sentence))),
    ...refused.map(finding),
    aside(nextAfter(written.length + known.length, refused.length)),
  ];
}

function nextAfter(files: number, refused: number): string {
  if (files === 0) return 'nothing was written: no file does anything that a schema file could';
  const first = refused > 0 ? 'next: mend in the schema files what is refused, then generate' : 'next: generate';
  return `${first}; where the tables are there already, baseline before the first apply`;
}
