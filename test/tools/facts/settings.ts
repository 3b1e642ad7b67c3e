import type pg from 'pg';
import { compare } from '../../../generator/generate/problem.ts';
import type { Setting } from '../../../generator/generate/validate/settings.ts';

/** What one server says of one setting. */
export type SettingFact = Omit<Setting, 'majors'>;

/** Names that pg_settings does not show, and that postgresql.conf may have nevertheless: former ones, and one without a use any more. */
const NOT_SHOWN = ['default_with_oids', 'force_parallel_mode', 'sort_mem', 'ssl_ecdh_curve', 'vacuum_mem'];

/** ALTER SYSTEM refuses them, but postgresql.conf may have them (GUC_DISALLOW_IN_AUTO_FILE in PostgreSQL's source). */
const NOT_BY_ALTER_SYSTEM = ['allow_alter_system', 'data_directory'];

/**
 * What the official image (Debian's packages) is built with and npm's servers are not, as Debian's own server of 15 shows: lz4,
 * zstd; liburing from 18 on.
 */
const OF_THE_IMAGE: Readonly<Record<string, readonly string[]>> = {
  default_toast_compression: ['lz4'],
  io_method: ['io_uring'],
  wal_compression: ['lz4', 'zstd'],
};

/** Whether the image takes a value of an enum that the server of npm does not. */
export function isOfTheImage(name: string, value: string): boolean {
  return OF_THE_IMAGE[name]?.includes(value.toLowerCase()) ?? false;
}

/** Which names a text may be: those that every database has, as it judges the setting by its own. */
const NAMES_OF: Readonly<Record<string, string>> = {
  default_table_access_method: "SELECT amname::text AS name FROM pg_am WHERE amtype = 't'",
  default_text_search_config: 'SELECT cfgname::text AS name FROM pg_ts_config',
};

/** A setting of Debian's own servers; PostgreSQL 18 has another for its purpose. */
const OF_DEBIAN: SettingFact = { name: 'extension_destdir', type: 'string', context: 'superuser' };

/** Words that an enum may take without showing them, beside those that enums show. */
const WORDS = ['0', '1', 'debug', 'fatal', 'false', 'no', 'off', 'on', 'panic', 'true', 'yes'];

interface Row {
  readonly name: string;
  readonly type: string;
  readonly unit: string | null;
  readonly least: number | null;
  readonly most: number | null;
  readonly values: string[] | null;
  readonly context: string;
}

const SETTINGS = `SELECT lower(name) AS name, vartype AS type, unit, min_val::float AS least, max_val::float AS most, enumvals AS values, context
                  FROM pg_settings WHERE name !~ '[.]' ORDER BY lower(name) COLLATE "C"`;

/** All settings of a server. Tries what pg_settings does not say, and leaves nothing changed. */
export async function askSettings(client: pg.Client, major: number): Promise<SettingFact[]> {
  const { rows } = await client.query<Row>(SETTINGS);
  const words = [...new Set([...WORDS, ...rows.flatMap(({ values }) => values ?? [])])].sort(compare);
  const facts: SettingFact[] = [];
  for (const row of rows) facts.push(await factOf(client, row, words));
  const known = new Set(rows.map(({ name }) => name));
  for (const name of NOT_SHOWN.filter((each) => !known.has(each))) facts.push(...(await hiddenFact(client, name, words)));
  return major < 18 && !known.has(OF_DEBIAN.name) ? [...facts, OF_DEBIAN] : facts;
}

async function factOf(client: pg.Client, row: Row, words: readonly string[]): Promise<SettingFact> {
  const { name, type, unit, least, most, context } = row;
  if (context === 'internal') return { name, type, context };
  const isElsewhere = !NOT_BY_ALTER_SYSTEM.includes(name) && (await refusalOf(client, name, 'DEFAULT')) !== undefined;
  const values = isElsewhere ? undefined : await valuesOf(client, row, words);
  return {
    name,
    type,
    ...(unit === null ? {} : { unit }),
    ...(least === null ? {} : { least }),
    ...(most === null ? {} : { most }),
    ...(values === undefined ? {} : { values }),
    context,
    ...(isElsewhere ? { elsewhere: true } : {}),
  };
}

/** What a setting that is no number can be; undefined when a bool can be both, or a text be any. */
async function valuesOf(client: pg.Client, { name, type, values }: Row, words: readonly string[]): Promise<string[] | undefined> {
  if (type === 'enum') {
    const all = new Set([...(values ?? []), ...(OF_THE_IMAGE[name] ?? []), ...(await takenBy(client, name, words))]);
    return [...all].sort(compare);
  }
  const names = NAMES_OF[name];
  if (names !== undefined) return (await client.query<{ name: string }>(names)).rows.map((row) => row.name).sort(compare);
  const taken = type === 'bool' && !NOT_BY_ALTER_SYSTEM.includes(name) ? await takenBy(client, name, ['off', 'on']) : [];
  return taken.length === 1 ? taken : undefined;
}

/** A name that pg_settings does not show leads to another, or takes no more than a word or two. */
async function hiddenFact(client: pg.Client, name: string, words: readonly string[]): Promise<SettingFact[]> {
  const found = await client.query(`SHOW ${name}`).catch(() => undefined);
  const now = found?.fields[0]?.name;
  if (now === undefined) return [];
  if (now !== name) return [{ name, type: 'renamed', now }];
  return [{ name, type: 'enum', values: await takenBy(client, name, words), context: 'user' }];
}

async function takenBy(client: pg.Client, name: string, values: readonly string[]): Promise<string[]> {
  const taken: string[] = [];
  for (const value of values) {
    if ((await refusalOf(client, name, client.escapeLiteral(value))) === undefined) taken.push(value);
  }
  return taken;
}

/** What the server says against a value in its configuration. */
export async function refusalOf(client: pg.Client, name: string, value: string): Promise<string | undefined> {
  try {
    await client.query(`ALTER SYSTEM SET ${name} = ${value}`);
    await client.query(`ALTER SYSTEM RESET ${name}`);
    return undefined;
  } catch (error) {
    return String(error);
  }
}
