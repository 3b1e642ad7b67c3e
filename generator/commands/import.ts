import { Argument } from 'commander';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '../generate/generate.ts';
import { printableLine } from '../generate/printable.ts';
import { formatProblem, InputError, type Problem } from '../generate/problem.ts';
import { readInput, type Input } from '../generate/read.ts';
import type { OutputFile } from '../generate/render/output.ts';
import { parserOfPostgres } from '../generate/validate/parser.ts';
import { write } from '../generate/write.ts';
import { schemaOfDump, textOf } from '../import/dump.ts';
import { servicesOf, type ImportedService } from '../import/entries.ts';
import { confirmationOf, schemaFileFor, valuesFor } from '../import/files.ts';
import type { Remark } from '../import/found.ts';
import { remarksOn } from '../import/remarks.ts';
import { dumpSchema, findDumper } from '../laptop/dump.ts';
import { readInventory } from '../server/inventory.ts';
import type { Connection } from '../server/session.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { libpqOf } from './libpq.ts';
import { linesOfPaths } from './lists.ts';
import { onServer } from './live-server.ts';
import { urlOption, type Url } from './options.ts';
import { aside, finding, note, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'import',
  arguments: [new Argument('<folder>', 'where; it is made if it is not there, and must be empty')],
  options: [urlOption],
  examples: [
    {
      run: 'shared-postgresql import databases --url postgresql://postgres@db.internal:5432',
      does: 'values.yaml and schema files of what a server has; the server is read, and not changed',
    },
  ],
  run,
  print,
});

/** What was written, and what of the server that does not say. Paths begin where the command was run. */
interface Imported {
  readonly folder: string;
  readonly written: readonly string[];
  /** By service, the line by which it takes its database over. */
  readonly confirmations: Readonly<Record<string, string>>;
  /** What cannot be kept, or changes, each with whose it is. */
  readonly remarks: readonly Remark[];
  /** What generate says of the values as they are. */
  readonly refused: readonly string[];
}

async function run(talk: Talk<Imported>, folder: string, { url }: Url): Promise<ExitCode> {
  refuseTaken(folder);
  const { services, remarks, files } = await talk.during('reading the server', () =>
    onServer(url, (connection) => readAll(connection, url)),
  );
  const refused = await problemsOf(folder, files);
  write(folder, { changed: files, unchanged: [], stale: [] }, () => undefined);
  return talk.tell(refused.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, {
    folder,
    written: files.map(({ path }) => join(folder, path)),
    confirmations: Object.fromEntries(services.map((service) => [service.name, `adopt: ${confirmationOf(service)}`])),
    remarks,
    refused,
  });
}

/** Nothing of somebody's is among what is written. Throws InputError. */
function refuseTaken(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.isDirectory() && readdirSync(folder).length === 0)) return;
  const message = found.isDirectory() ? 'there is something in it already' : 'it is no folder';
  const hint = 'import writes into a folder that is empty, or that is not there yet: name another.';
  throw new InputError([{ file: folder, message, hint }]);
}

interface Read {
  readonly services: readonly ImportedService[];
  readonly remarks: readonly Remark[];
  readonly files: readonly OutputFile[];
}

async function readAll(connection: Connection, url: string | undefined): Promise<Read> {
  const server = await readInventory(connection);
  const { services, remarks } = servicesOf(server);
  const dumper = findDumper(server.major);
  const schemas = [];
  for (const service of services) {
    const dump = await dumpSchema(dumper, libpqOf(connection, url), service.database.name);
    schemas.push(await schemaOf(service, server.major, dump));
  }
  return {
    services,
    remarks: byDatabase([...remarks, ...schemas.flatMap((each) => each.remarks), ...remarksOn(server, services)]),
    files: [{ path: 'values.yaml', content: valuesFor(services, server.major) }, ...schemas.flatMap(({ files }) => files)],
  };
}

/** What is about the server comes last. */
function byDatabase(remarks: readonly Remark[]): Remark[] {
  const about = [...new Set(remarks.map((remark) => remark.about))].filter((each) => each !== 'server');
  return [...about, 'server'].flatMap((each) => remarks.filter((remark) => remark.about === each));
}

async function schemaOf(service: ImportedService, major: number, dump: string): Promise<Pick<Read, 'remarks' | 'files'>> {
  const { user, database } = service;
  const extensions = database.inside?.extensions ?? [];
  const whose = { major, database: database.name, logins: [user], roles: new Set([user]), extensions, isOfficialImage: true };
  const schema = await schemaOfDump(dump, whose, parserOfPostgres(major));
  if ('message' in schema) {
    const sentence = `its dump cannot be read as SQL, and it gets no schema file: line ${schema.line}: ${schema.message}`;
    return { remarks: [{ about: database.name, sentence }], files: [] };
  }
  const remarks = schema.leftOut.map((what) => ({ about: database.name, sentence: `not in its schema file: ${what}` }));
  return { remarks, files: schemaFileFor(service, textOf(schema.statements)) };
}

/** What generate would say of the files, before they are there. */
async function problemsOf(folder: string, files: readonly OutputFile[]): Promise<string[]> {
  const [values] = files;
  const input = readInput({ values: join(folder, 'values.yaml'), text: values?.content ?? '' });
  try {
    await generate({ ...input, schemaFolders: foldersOf(input, files) });
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.problems.map((problem: Problem) => formatProblem(problem));
    throw error;
  }
}

function foldersOf({ schemaFolders }: Input, files: readonly OutputFile[]): Input['schemaFolders'] {
  return new Map(
    [...schemaFolders].map(([service, folder]) => {
      const own = files.filter(({ path }) => path.startsWith(`${folder.path}/`));
      const read = own.map(({ path, content }) => ({
        name: path.slice(folder.path.length + 1),
        bytes: new TextEncoder().encode(content),
      }));
      return [service, { path: folder.path, files: read }];
    }),
  );
}

function print({ folder, written, remarks, refused }: Imported): Line[] {
  return [
    ...linesOfPaths('wrote  ', written).map(aside),
    ...remarks.map(({ about, sentence }) => note(printableLine(`${about}: ${sentence}`))),
    ...refused.map(finding),
    aside(''),
    aside(
      printableLine(
        `next, in ${folder}: take the # before adopt away where a database is to be taken over; then baseline --all, plan, apply`,
      ),
    ),
  ];
}
