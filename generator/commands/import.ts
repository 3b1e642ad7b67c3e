import { Argument, Option } from 'commander';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '../generate/generate.ts';
import { printableLine } from '../generate/printable.ts';
import { formatProblem, InputError, type Problem } from '../generate/problem.ts';
import { readInput, type Input } from '../generate/read.ts';
import { readTextOrInput } from '../generate/read/texts.ts';
import type { OutputFile } from '../generate/render/output.ts';
import { parserOfPostgres } from '../generate/validate/parser.ts';
import { write } from '../generate/write.ts';
import { schemaOfDump, textOf } from '../import/dump.ts';
import { servicesOf, type ImportedService } from '../import/entries.ts';
import { servicesOfDeclared } from '../import/declared-services.ts';
import { confirmationOf, schemaFileFor, valuesFor, valuesOfDeclared } from '../import/files.ts';
import type { Remark } from '../import/found.ts';
import { declaredByFiles, KNOWN } from '../import/kinds.ts';
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

/** The parser that takes most: a script is not yet for a server of some major. */
const NEWEST = 18;

/** What --from names. */
interface From {
  readonly from?: readonly string[];
}

const fromOption = new Option(
  '--from <file>',
  "a file in place of a server: values of Bitnami's chart, CloudNativePG's or Zalando's manifests, a compose file, an init script; again for more",
)
  .conflicts('url')
  .argParser((file: string, before: readonly string[] | undefined) => [...(before ?? []), file]);

export const command = declare({
  name: 'import',
  arguments: [new Argument('<folder>', 'where; it is made if it is not there, and must be empty')],
  options: [urlOption, fromOption],
  examples: [
    {
      run: 'shared-postgresql import databases --url postgresql://postgres@db.internal:5432',
      does: 'values.yaml and schema files of what a server has; the server is read, and not changed',
    },
    {
      run: 'shared-postgresql import databases --from docker-compose.yml --from init.sql',
      does: 'values.yaml of what files of other tools declare, without a server',
    },
  ],
  run,
  print,
});

/** What was written, and what of the server that does not say. Paths begin where the command was run. */
interface Imported {
  readonly folder: string;
  readonly written: readonly string[];
  /** By service, the line by which it takes its database over; not there where no server was read. */
  readonly confirmations?: Readonly<Record<string, string>>;
  /** What cannot be kept, or changes, each with whose it is. */
  readonly remarks: readonly Remark[];
  /** What generate says of the values as they are. */
  readonly refused: readonly string[];
}

async function run(talk: Talk<Imported>, folder: string, { url, from }: Url & From): Promise<ExitCode> {
  refuseTaken(folder);
  const { confirmations, remarks, files } = from
    ? await readFiles(from)
    : await talk.during('reading the server', () => onServer(url, (connection) => readAll(connection, url)));
  const refused = await problemsOf(folder, files);
  write(folder, { changed: files, unchanged: [], stale: [] }, () => undefined);
  return talk.tell(refused.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, {
    folder,
    written: files.map(({ path }) => join(folder, path)),
    ...(confirmations ? { confirmations } : {}),
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
  readonly confirmations?: Imported['confirmations'];
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
    confirmations: Object.fromEntries(services.map((service) => [service.name, `adopt: ${confirmationOf(service)}`])),
    remarks: byDatabase([...remarks, ...schemas.flatMap((each) => each.remarks), ...remarksOn(server, services)]),
    files: [{ path: 'values.yaml', content: valuesFor(services, server.major) }, ...schemas.flatMap(({ files }) => files)],
  };
}

/** The same of files, by what stands in them; nothing of it is on a server yet, so that nothing is to be confirmed. */
async function readFiles(paths: readonly string[]): Promise<Read> {
  const files = await Promise.all(paths.map(async (file) => ({ file, text: await readTextOrInput(file) })));
  const { declared, unknown } = await declaredByFiles(files, parserOfPostgres(NEWEST));
  const hint = `Known are ${KNOWN}. A template of Helm is rendered first: helm template.`;
  if (unknown.length > 0)
    throw new InputError(
      unknown.map((file) => ({ file, message: 'nothing in it declares databases or roles that is known', hint })),
    );
  const { services, major, remarks } = servicesOfDeclared(declared);
  return {
    remarks: byDatabase(remarks),
    files: [
      { path: 'values.yaml', content: valuesOfDeclared(services, major) },
      ...services.flatMap((service) => schemaFileFor(service, service.schema)),
    ],
  };
}

/** What is about the server comes last. */
function byDatabase(remarks: readonly Remark[]): Remark[] {
  const about = [...new Set(remarks.map((remark) => remark.about))].filter((each) => each !== 'server');
  return [...about, 'server'].flatMap((each) => remarks.filter((remark) => remark.about === each));
}

async function schemaOf(service: ImportedService, major: number, dump: string): Promise<Pick<Read, 'remarks' | 'files'>> {
  const { user, database } = service;
  const extensions = (database.inside?.extensions ?? []).map(({ name }) => name);
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

function print({ folder, written, confirmations, remarks, refused }: Imported): Line[] {
  return [
    ...linesOfPaths('wrote  ', written).map(aside),
    ...remarks.map(({ about, sentence }) => note(printableLine(`${about}: ${sentence}`))),
    ...refused.map(finding),
    aside(''),
    aside(printableLine(`next, in ${folder}: ${confirmations ? NEXT_OF_SERVER : NEXT_OF_FILES}`)),
  ];
}

const NEXT_OF_SERVER = 'take the # before adopt away where a database is to be taken over; then baseline --all, plan, apply';

const NEXT_OF_FILES = 'read values.yaml, then generate; data comes by pg_dump --data-only, as the login of each service';
