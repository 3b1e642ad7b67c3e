import type pg from 'pg';
import { readDatabaseRows, readServiceRows } from '../plan.ts';
import { setInputs } from '../session.ts';
import { asMover, inDatabase, MoveError, type End, type Ends } from './ends.ts';

/** What is dumped. */
export type Part = 'all' | 'all but large objects' | 'large objects';

/** The programs of PostgreSQL, in sessions of the movers. What they cannot do, they throw MoveError for. */
export interface Carrier {
  dump(source: End, part: Part, snapshot?: string): Promise<void>;
  /** Restores what was dumped last. */
  restore(target: End): Promise<void>;
  /** A line for each table with its number of rows and a hash of them, and one for large objects. */
  contents(name: keyof Ends, end: End): Promise<string>;
  objects(name: keyof Ends, end: End, snapshot?: string): Promise<Objects>;
}

/** What a database is made of. */
export interface Objects {
  /** A line for each object, sorted. */
  readonly lines: readonly string[];
  /** Of the SQL that makes them, the same as long as nobody changes one: another major writes it otherwise. */
  readonly checksum: string;
}

/** What values.yaml wanted of it when it was last well, which the check found it to be. */
async function entryOf({ admin, service }: End): Promise<string> {
  const { rows } = await admin.query<{ entry: string }>(
    'SELECT entry::text FROM shared_postgresql.former_entry WHERE database = $1 AND "user" = $2',
    [service.database, service.user],
  );
  return rows[0]?.entry ?? '{}';
}

/**
 * The inside of an empty database as provisioning makes it, with the extensions that the service makes itself: a dump does not say of which version
 * they are. And where it is written down how far changes were applied.
 */
export async function furnish(target: End): Promise<void> {
  const entry = await entryOf(target);
  await inDatabase(target, async (client) => {
    for (const { is_needed, statement } of await readDatabaseRows(client, entry)) if (is_needed) await client.query(statement);
    await client.query(`CREATE TABLE shared_postgresql.moved AS SELECT '0/0'::pg_lsn AS lsn, '' AS objects`);
    const { rows } = await client.query<{ statement: string }>(
      `SELECT format('GRANT SELECT, UPDATE ON shared_postgresql.moved TO %I', $1::text) AS statement`,
      [target.service.user],
    );
    await client.query(rows[0]?.statement ?? '');
  });
  await asMover(target, async (client) => {
    await setInputs(client, { entry });
    for (const { statement } of await readServiceRows(client)) await client.query(statement);
  });
}

/** Takes what only the move needed out of the target's database. */
export async function tidyUp(target: End): Promise<void> {
  await inDatabase(target, (client) => client.query('DROP TABLE IF EXISTS shared_postgresql.moved'));
}

interface LedgerRow {
  readonly name: string;
  readonly checksum: string;
  readonly applied: Date;
}

/** The service may write into its ledger; no more rows of it are taken. */
const MOST_ROWS = 50_000;

/** Which schema files were applied. The ledger is the admin's at both ends. */
export async function carryLedger({ source, target }: Ends): Promise<void> {
  const { rows } = await inDatabase(source, (client) =>
    client.query<LedgerRow>(
      `SELECT left(name, 300) AS name, left(checksum, 64) AS checksum, applied FROM shared_postgresql.schema_file LIMIT ${MOST_ROWS}`,
    ),
  );
  await inDatabase(target, async (client) => {
    await client.query('DELETE FROM shared_postgresql.schema_file');
    for (const { name, checksum, applied } of rows)
      await client.query('INSERT INTO shared_postgresql.schema_file (name, checksum, applied) VALUES ($1, $2, $3)', [
        name,
        checksum,
        applied,
      ]);
  });
}

interface Sequence {
  readonly name: string;
  readonly last_value: string;
  readonly is_called: boolean;
}

/** Those of extensions are theirs. */
const SEQUENCES = `
SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE relkind = 'S' AND relpersistence <> 't' AND nspname NOT IN ('information_schema', 'shared_postgresql') AND nspname !~ '^pg_'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e') ORDER BY 1`;

async function readSequences(client: pg.Client): Promise<readonly Sequence[]> {
  const { rows } = await client.query<{ name: string }>(SEQUENCES);
  const sequences: Sequence[] = [];
  // Their names are as SQL has them.
  for (const { name } of rows) {
    const found = await client.query<Omit<Sequence, 'name'>>(`SELECT last_value::text, is_called FROM ${name}`);
    sequences.push(...found.rows.map((row) => ({ name, ...row })));
  }
  return sequences;
}

/** Sequences are in no stream of changes. Gives their number. */
export async function carrySequences({ source, target }: Ends): Promise<number> {
  const sequences = await asMover(source, readSequences);
  await asMover(target, async (client) => {
    for (const { name, last_value, is_called } of sequences)
      await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [name, last_value, is_called]);
  });
  return sequences.length;
}

/** How many large objects are unlinked at once: each takes a lock. */
const UNLINKED = 500;

/** Large objects are in no stream of changes. What an earlier attempt brought goes first. */
export async function carryLargeObjects({ source, target }: Ends, carrier: Carrier): Promise<void> {
  const { rowCount } = await inDatabase(source, (client) => client.query('SELECT FROM pg_largeobject_metadata LIMIT 1'));
  await asMover(target, async (client) => {
    const unlink = `SELECT lo_unlink(oid) FROM (SELECT oid FROM pg_largeobject_metadata LIMIT ${UNLINKED}) AS object`;
    while ((await client.query(unlink)).rowCount !== 0);
  });
  if (rowCount === 0) return;
  await carrier.dump(source, 'large objects');
  await carrier.restore(target);
}

/** What was compared. */
export interface Compared {
  readonly tables: number;
  readonly rows: number;
  readonly objects: number;
}

/** Holds all that is at the target against the source, where nobody writes. Throws MoveError with what differs. */
export async function compareEnds({ source, target }: Ends, carrier: Carrier): Promise<Compared> {
  const [from, to] = await Promise.all([carrier.contents('source', source), carrier.contents('target', target)]);
  const [made, found] = await Promise.all([carrier.objects('source', source), carrier.objects('target', target)]);
  const copied = await readCopied(target);
  if (copied !== '' && copied !== made.checksum)
    throw new MoveError(
      'the schema at the source changed since it was copied: a function, a default, a privilege or the like.',
      'Move it again when nobody migrates it, or with --with-downtime.',
    );
  const differences = [...differing(from.split('\n'), to.split('\n')), ...differing(made.lines, found.lines)];
  if (differences.length > 0)
    throw new MoveError(
      `what is at the target is not what is at the source:\n${differences.slice(0, 20).join('\n')}`,
      'Somebody changed its schema, or wrote at the target, meanwhile. Move it again when nobody does, or with --with-downtime.',
    );
  const rows = from.split('\n').flatMap((line) => /^\{"table" .*, "rows" : (\d+), /.exec(line)?.[1] ?? []);
  return { tables: rows.length, rows: rows.reduce((sum, each) => sum + Number(each), 0), objects: made.lines.length };
}

/** The checksum of what was copied while the service went on; empty where nobody could change it. */
async function readCopied(target: End): Promise<string> {
  const { rows } = await inDatabase(target, (client) =>
    client.query<{ objects: string }>('SELECT objects FROM shared_postgresql.moved'),
  );
  return rows[0]?.objects ?? '';
}

function differing(from: readonly string[], to: readonly string[]): string[] {
  const [here, there] = [new Set(from), new Set(to)];
  return [
    ...from.filter((line) => !there.has(line)).map((line) => `source: ${line}`),
    ...to.filter((line) => !here.has(line)).map((line) => `target: ${line}`),
  ];
}
