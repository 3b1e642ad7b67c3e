import { parseAllDocuments, type Document } from 'yaml';
import type { Parse } from '../generate/validate/parser.ts';
import { declaredByBitnami, findBitnami } from './bitnami.ts';
import { declaredByCluster, declaredByDatabase, declaredByDatabaseRole } from './cloudnative-pg.ts';
import { declaredByCompose, isCompose } from './compose.ts';
import { listIn, merge, textIn, type Declared } from './declared.ts';
import { declaredByScript, isShell } from './init-script.ts';
import { declaredByZalando } from './zalando.ts';

/** What a document is, by what stands in it, and who reads that. */
interface Kind {
  readonly isIt: (document: unknown) => boolean;
  readonly read: (document: unknown) => Declared;
}

const manifest =
  (group: string, kind: string) =>
  (document: unknown): boolean =>
    textIn(document, 'apiVersion').startsWith(`${group}/`) && textIn(document, 'kind') === kind;

const KINDS: readonly Kind[] = [
  { isIt: manifest('postgresql.cnpg.io', 'Cluster'), read: declaredByCluster },
  { isIt: manifest('postgresql.cnpg.io', 'Database'), read: declaredByDatabase },
  { isIt: manifest('postgresql.cnpg.io', 'DatabaseRole'), read: declaredByDatabaseRole },
  { isIt: manifest('acid.zalan.do', 'postgresql'), read: declaredByZalando },
  { isIt: isCompose, read: declaredByCompose },
  { isIt: (document) => findBitnami(document) !== undefined, read: declaredByBitnami },
];

/** What import reads, for people. */
export const KNOWN =
  "values of Bitnami's chart postgresql, CloudNativePG's Cluster, Database and DatabaseRole, Zalando's postgresql, a compose file with a container of PostgreSQL, " +
  'and an init script: SQL with CREATE DATABASE, CREATE ROLE or CREATE EXTENSION, or a shell script that gives such to psql by <<';

/** A file that somebody named. */
export interface NamedFile {
  readonly file: string;
  readonly text: string;
}

/** What files declare for one server, whatever their names, and those in which nothing is known. */
export interface ReadFiles {
  readonly declared: Declared;
  readonly unknown: readonly string[];
}

/** Reads files by what stands in them. An init script begins in the database that the other files make. */
export async function declaredByFiles(files: readonly NamedFile[], parse: Parse): Promise<ReadFiles> {
  const known = files.map(({ text }) => (isShell(text) ? [] : documentsOf(text).flatMap(readKnown)));
  const declared = merge(known.flat());
  const scripts: Declared[] = [];
  for (const script of declared.scripts) scripts.push(await declaredByScript(script, parse));
  const unknown: string[] = [];
  const database = declared.databases[0]?.name ?? 'postgres';
  for (const [index, { file, text }] of files.entries()) {
    if (known[index]?.length !== 0) continue;
    const script = await declaredByScript({ where: file, text, database }, parse);
    if (script.databases.length > 0 || script.roles.length > 0) scripts.push(script);
    else unknown.push(file);
  }
  return { declared: merge([declared, ...scripts]), unknown };
}

function readKnown(document: unknown): Declared[] {
  const kind = KINDS.find(({ isIt }) => isIt(document));
  return kind === undefined ? [] : [kind.read(document)];
}

/** The documents of a YAML, and what a List of kubectl holds. SQL is none, or one that nobody knows. */
function documentsOf(text: string): unknown[] {
  const documents = parseAllDocuments(text, { logLevel: 'silent', merge: true, uniqueKeys: false });
  return Array.isArray(documents) ? documents.flatMap((document) => (document.errors.length > 0 ? [] : dataOf(document))) : [];
}

function dataOf(document: Document.Parsed): readonly unknown[] {
  try {
    const data: unknown = document.toJS();
    return textIn(data, 'kind').endsWith('List') ? listIn(data, 'items') : [data];
  } catch {
    // An alias of nothing, or of too much.
    return [];
  }
}
