import type pg from 'pg';
import { MoveError, type End } from './ends.ts';
import { readChange, type Change, type Relation } from './pgoutput.ts';
import { slotOf } from './slot.ts';
import { deleteFrom, insertInto, nameOfColumn, truncate, updateOf, type Fixed, type Statement } from './statements.ts';

/** Changes that are asked for at once; a transaction comes whole. */
const AT_ONCE = 20_000;
const FETCHED = 2_000;

type Insertion = Extract<Change, { kind: 'insert' }>;

/** Applies what there is of changes, up to a bound, in a session of the target's mover; gives how many messages it read: none when it is abreast. */
export type Follow = () => Promise<number>;

/** Where the source's log is now. Waits for the disk, so that what was committed without waiting is in it. */
async function flush(admin: pg.Client): Promise<string> {
  await admin.query('SET synchronous_commit = on');
  await admin.query('SELECT pg_current_xact_id()');
  const { rows } = await admin.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  return rows[0]?.lsn ?? '0/0';
}

const numberOf = (lsn: string): bigint => {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
};

const lsnOf = (number: bigint): string => `${(number >> 32n).toString(16)}/${(number & 0xffffffffn).toString(16)}`;

/**
 * Reads the slot as the source's admin, by functions of SQL: so no login needs the attribute REPLICATION, which would open the whole server to it, and
 * nothing of the service's runs, since the plugin calls the output functions of types alone. What it says is applied as the service: whatever it
 * planted at the target runs with its own rights. How far the target is, it remembers in the transactions themselves.
 */
export async function follower(source: End, reader: pg.Client, client: pg.Client): Promise<Follow> {
  const slot = await slotOf(source);
  await prepare(client, source.service.user);
  const fixed = await readFixed(client);
  const relations = new Map<number, Relation>();
  return async () => {
    const until = await flush(source.admin);
    const { read, end } = await applyBatch({ slot, reader, client, relations, fixed, until });
    await reader.query('SELECT pg_replication_slot_advance($1, $2)', [slot, end]);
    return read;
  };
}

/** Neither triggers nor foreign keys: what they did at the source comes as changes. The mover may set that, the service's login may not. */
async function prepare(client: pg.Client, user: string): Promise<void> {
  await client.query('SET ROLE NONE; SET session_replication_role = replica');
  // Keys may be compared by operators of extensions; the last transaction waits for the disk with all before.
  const { rows } = await client.query<{ statement: string }>(PREPARE, [user]);
  await client.query(rows[0]?.statement ?? '');
}

const PREPARE = `
SELECT format('SET ROLE %I; SET search_path = %s; SET synchronous_commit = off', $1::text,
              (SELECT string_agg(quote_ident(nspname), ', ' ORDER BY nspname <> 'pg_catalog') FROM pg_namespace
               WHERE nspname IN ('pg_catalog', 'public') OR oid IN (SELECT extnamespace FROM pg_extension))) AS statement`;

async function readFixed(client: pg.Client): Promise<Fixed> {
  const { rows } = await client.query<{ schema: string; name: string; column: string }>(
    `SELECT nspname::text AS schema, relname::text AS name, attname::text AS column
     FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid JOIN pg_namespace AS n ON n.oid = relnamespace WHERE attidentity = 'a'`,
  );
  return new Set(rows.map(({ column, ...table }) => nameOfColumn(table, column)));
}

interface Batch {
  readonly slot: string;
  readonly reader: pg.Client;
  readonly client: pg.Client;
  readonly relations: Map<number, Relation>;
  readonly fixed: Fixed;
  /** Where the source's log was before the slot is read. */
  readonly until: string;
}

interface Applied {
  readonly read: number;
  /** How far the target is now. */
  readonly end: string;
}

const CURSOR = `
DECLARE change NO SCROLL CURSOR FOR SELECT data FROM pg_logical_slot_peek_binary_changes($1, NULL, $2, 'proto_version', '1', 'publication_names', 'shared_postgresql_move')`;

async function applyBatch(batch: Batch): Promise<Applied> {
  const { slot, reader, client, until } = batch;
  await reader.query('BEGIN');
  await client.query('BEGIN');
  const known = await client.query<{ lsn: string }>('SELECT lsn::text FROM shared_postgresql.moved');
  const transactions = new Transactions(batch, numberOf(known.rows[0]?.lsn ?? '0/0'));
  await reader.query(CURSOR.replace('$1', `'${slot}'`).replace('$2', String(AT_ONCE)));
  let read = 0;
  for (let rows = await fetch(reader); rows.length > 0; rows = await fetch(reader)) {
    read += rows.length;
    for (const { data } of rows) await transactions.take(readChange(data));
  }
  await transactions.finish();
  // Where there was no transaction, none had been committed until then.
  const { end = until } = transactions;
  await client.query('UPDATE shared_postgresql.moved SET lsn = $1', [end]);
  await client.query('COMMIT');
  await reader.query('COMMIT');
  return { read, end };
}

async function fetch(reader: pg.Client): Promise<{ readonly data: Buffer }[]> {
  return (await reader.query<{ data: Buffer }>(`FETCH ${FETCHED} FROM change`)).rows;
}

/** Rows that one statement inserts, and statements, and their characters, that go to the server at once. */
const ROWS = 500;
const STATEMENTS = 500;
const CHARACTERS = 1_000_000;

/** The transactions of one batch, in which what was applied before is passed over. */
class Transactions {
  end: string | undefined;
  private isKnown = false;
  private insertions: Insertion[] = [];
  private statements: Statement[] = [];
  private characters = 0;
  private readonly batch: Batch;
  private readonly known: bigint;

  constructor(batch: Batch, known: bigint) {
    this.batch = batch;
    this.known = known;
  }

  async take(change: Change): Promise<void> {
    if (change.kind === 'relation') this.describe(change.id, change.relation);
    if (change.kind === 'begin') this.isKnown = change.committed < this.known;
    if (change.kind === 'commit') this.end = lsnOf(change.end);
    if (this.isKnown) return;
    if (change.kind === 'insert') this.keep(change);
    const statement = this.statementOf(change);
    if (statement) this.add(statement);
    if (this.statements.length >= STATEMENTS || this.characters >= CHARACTERS) await this.finish();
  }

  /** Sends what was kept. */
  async finish(): Promise<void> {
    this.insert();
    await this.send();
  }

  /** Rows of one table that come after each other are inserted together. */
  private keep(change: Insertion): void {
    const [first] = this.insertions;
    if (first && (first.id !== change.id || this.insertions.length >= ROWS)) this.insert();
    this.insertions.push(change);
    this.characters += change.row.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  }

  /** What was kept is of the columns that were there. */
  private describe(id: number, relation: Relation): void {
    this.insert();
    this.batch.relations.set(id, relation);
  }

  private insert(): void {
    const [first] = this.insertions;
    if (!first) return;
    const rows = this.insertions.map(({ row }) => row);
    this.insertions = [];
    this.add(insertInto(this.relation(first.id), rows));
  }

  private statementOf(change: Change): Statement | undefined {
    switch (change.kind) {
      case 'update':
        return updateOf(this.relation(change.id), change, this.batch.fixed);
      case 'delete':
        return deleteFrom(this.relation(change.id), change.old);
      case 'truncate':
        return truncate(
          change.ids.map((id) => this.relation(id)),
          change.restarts,
        );
      default:
        return undefined;
    }
  }

  private add(statement: Statement): void {
    this.insert();
    this.statements.push(statement);
    this.characters += statement.text.length;
  }

  private async send(): Promise<void> {
    const { statements } = this;
    if (statements.length === 0) return;
    this.statements = [];
    this.characters = 0;
    const text = statements.map((statement) => statement.text).join(';\n');
    const results = [await this.batch.client.query<object>(text)].flat();
    for (const [index, { text: ran, rows }] of statements.entries()) {
      const met = results[index]?.rowCount;
      if (rows === undefined || met === rows) continue;
      throw new MoveError(
        `a change at the source met ${met} rows at the target, not ${rows} (${ran.slice(0, 60)} ...).`,
        'Begin anew: --undo, then move it again; nobody else may write at the target.',
      );
    }
  }

  private relation(id: number): Relation {
    const relation = this.batch.relations.get(id);
    if (relation) return relation;
    throw new MoveError(`a change is of a table that was not described (${id}).`, 'Begin anew: --undo, then move it again.');
  }
}
