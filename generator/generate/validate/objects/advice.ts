import { EXTENSIONS } from '../extensions.ts';
import { nearest } from '../nearest.ts';
import { ELSEWHERE } from '../statements/mark.ts';
import { extensionWith, listShipped, majorsWith } from './facts.ts';
import { nameText, type Kind, type Name } from './name.ts';

/** What others call what PostgreSQL has as well. */
const ELSEWHERE_CALLED: Readonly<Record<string, string>> = {
  blob: 'bytea',
  clob: 'text',
  datetime: 'timestamptz',
  datetime2: 'timestamptz',
  double: 'double precision',
  image: 'bytea',
  longblob: 'bytea',
  longtext: 'text',
  mediumblob: 'bytea',
  mediumint: 'integer',
  mediumtext: 'text',
  nclob: 'text',
  ntext: 'text',
  number: 'numeric',
  nvarchar: 'varchar',
  nvarchar2: 'varchar',
  raw: 'bytea',
  string: 'text',
  tinyblob: 'bytea',
  tinyint: 'smallint',
  tinytext: 'text',
  uniqueidentifier: 'uuid',
  varbinary: 'bytea',
  varchar2: 'varchar',
};

const WORDS: Readonly<Record<Kind, string>> = {
  schema: 'schema',
  relation: 'table or view',
  type: 'type',
  function: 'function',
  operatorClass: 'operator class',
};

/** What is known of a name that is missing. */
export interface Missing {
  readonly kind: Kind;
  readonly name: Name;
  readonly major: number;
  /** The names of its kind that were made before. */
  readonly made: readonly string[];
  /** The schema file that makes it later. */
  readonly later?: string;
}

export function messageOf({ kind, name, major }: Missing): string {
  const isOfPostgres = kind !== 'schema' && kind !== 'relation';
  const nobody = isOfPostgres
    ? `PostgreSQL ${major} has none, and no statement before this one makes it`
    : 'no statement before this one makes it';
  return `there is no ${WORDS[kind]} "${nameText(name)}": ${nobody}`;
}

/** The way out: what has it, what was meant, and how to say that something else makes it. */
export function hintOf(missing: Missing): string {
  const { name } = missing;
  const elsewhere = `If something else makes it, say so in any schema file of the service, also a new one: "${ELSEWHERE} ${nameText(name)}".`;
  const known = later(missing) ?? ofExtension(missing) ?? ofOtherMajor(missing) ?? ofOthers(missing) ?? meant(missing);
  if (known !== undefined) return `${known} ${elsewhere}`;
  return `Make it before this. ${elsewhere}`;
}

function later({ later }: Missing): string | undefined {
  return later === undefined ? undefined : `${later} makes it, behind this: what makes it must come first.`;
}

function ofExtension({ kind, name, major }: Missing): string | undefined {
  const extension = extensionWith(kind, name.name, major);
  if (extension === undefined) return undefined;
  const known = EXTENSIONS.get(extension);
  if (known?.refusal !== undefined) return `The extension ${extension} has it, which no service may have: leave it out.`;
  return known?.isTrusted === true
    ? `The extension ${extension} has it: make that before this with CREATE EXTENSION, or name it in the service's extensions.`
    : `The extension ${extension} has it: name that in the service's extensions and in postgresql.allowedExtensions.`;
}

function ofOtherMajor({ kind, name }: Missing): string | undefined {
  const majors = majorsWith(kind, name.name);
  return majors.length === 0 ? undefined : `PostgreSQL ${majors.join(', ')} has it, which postgresql.version is not.`;
}

function ofOthers({ kind, name }: Missing): string | undefined {
  const own = kind === 'type' ? ELSEWHERE_CALLED[name.name] : undefined;
  return own === undefined ? undefined : `PostgreSQL calls it ${own}.`;
}

function meant({ kind, name, major, made }: Missing): string | undefined {
  const own = kind === 'relation' || kind === 'schema' ? [] : listShipped(kind, major);
  const found = nearest(name.name, [...made, ...own]);
  return found === undefined ? undefined : `Did you mean ${found}?`;
}
