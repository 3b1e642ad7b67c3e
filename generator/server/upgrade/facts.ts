import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { CHART } from '../../generate/read/project.ts';
import { asAdmin, type Connection } from '../session.ts';

/** What a server has that another major may not take. */
export interface Facts {
  readonly major: number;
  /** Of all databases, in bytes. */
  readonly bytes: number;
  /** The databases that would be brought over. */
  readonly databases: readonly ServiceDatabase[];
  /** Those of services that let nobody in. */
  readonly closed: readonly Pick<ServiceDatabase, 'service' | 'database'>[];
  /** Databases that no service ever had. */
  readonly others: readonly string[];
  /** Logical replication slots, which stay behind. */
  readonly slots: readonly string[];
}

export interface ServiceDatabase {
  readonly service: string;
  readonly database: string;
  /** Undefined for one that the official image has. */
  readonly locale?: string;
  readonly inside: Inside;
}

/** What is in one database, each by its name; a hundred of each kind at most. */
export interface Inside {
  readonly prepared: number;
  readonly extensions: readonly string[];
  readonly unlogged: readonly string[];
  readonly views: readonly string[];
  readonly publications: readonly string[];
  readonly subscriptions: readonly string[];
  /** Whose the place of the ledger is: none, admin, another. */
  readonly ledger: string;
}

const SETTINGS = ['statement_timeout=60s', 'default_transaction_read_only=on'];

/** Reads it, and changes nothing. Throws what the driver throws. */
export async function readFacts(connection: Connection): Promise<Facts> {
  const found = await asAdmin(connection, readServer, 'postgres', SETTINGS);
  const databases: ServiceDatabase[] = [];
  // One after the other: a port that kubectl forwards takes many at once badly.
  for (const each of found.databases)
    databases.push({ ...each, inside: await asAdmin(connection, readInside, each.database, SETTINGS) });
  return { ...found, databases };
}

type Found = Omit<Facts, 'databases'> & { readonly databases: readonly Omit<ServiceDatabase, 'inside'>[] };

/** The locales of the official image are C, POSIX and en_US, however they are written. */
const SERVER = `
SELECT current_setting('server_version_num')::integer / 10000 AS major, (SELECT sum(pg_database_size(oid)) FROM pg_database)::text AS bytes,
       ARRAY(SELECT slot_name::text FROM pg_replication_slots WHERE slot_type = 'logical' AND NOT temporary ORDER BY 1) AS slots,
       ARRAY(SELECT datname::text FROM pg_database WHERE NOT datallowconn) AS closed,
       ARRAY(SELECT datname::text FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' AND NOT oid = ANY ($1::oid[]) ORDER BY 1) AS others,
       (SELECT coalesce(jsonb_object_agg(datname, datcollate), '{}') FROM pg_database
        WHERE datlocprovider = 'c' AND lower(translate(datcollate, '-', '')) !~ '^(c|posix|c\\.utf8|en_us(\\.utf8)?)$') AS locales`;

async function readServer(client: pg.Client): Promise<Found> {
  const { rows: owned } = await client.query<{ oid: number; datname: string; service: string }>(
    readFileSync(join(CHART, 'upgrade/databases.sql'), 'utf8'),
  );
  type Row = Omit<Found, 'databases' | 'closed' | 'bytes'> & { bytes: string; locales: Record<string, string>; closed: string[] };
  const [row] = (await client.query<Row>(SERVER, [owned.map(({ oid }) => oid)])).rows;
  if (row === undefined) throw new Error('the server says nothing of itself');
  const { major, others, slots, bytes, locales } = row;
  const all = owned.map(({ datname, service }) => ({ service, database: datname, locale: locales[datname] }));
  const isClosed = ({ database }: { database: string }): boolean => row.closed.includes(database);
  const databases = all.filter((each) => !isClosed(each));
  return { major, others, slots, bytes: Number(bytes), databases, closed: all.filter(isClosed) };
}

/** Views of PostgreSQL's own that a view reads have other columns in another major. */
const INSIDE = `
SELECT (SELECT count(*)::integer FROM pg_prepared_xacts WHERE database = current_database()) AS prepared,
       ARRAY(SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1 LIMIT 100) AS extensions,
       ARRAY(SELECT oid::regclass::text FROM pg_class WHERE relkind = 'p' AND relpersistence = 'u' ORDER BY 1 LIMIT 100) AS unlogged,
       ARRAY(SELECT DISTINCT r.ev_class::regclass::text FROM pg_depend AS d JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
             WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid < 16384 AND r.ev_class >= 16384
               AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = 'pg_class'::regclass AND e.objid = r.ev_class AND e.deptype = 'e')
             ORDER BY 1 LIMIT 100) AS views,
       ARRAY(SELECT pubname::text FROM pg_publication ORDER BY 1 LIMIT 100) AS publications,
       ARRAY(SELECT subname::text FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1 LIMIT 100) AS subscriptions`;

async function readInside(client: pg.Client): Promise<Inside> {
  type Row = Omit<Inside, 'ledger'>;
  const [row] = (await client.query<Row>(INSIDE)).rows;
  const { rows } = await client.query<{ case: string }>(readFileSync(join(CHART, 'upgrade/ledger.sql'), 'utf8'));
  if (row === undefined) throw new Error('the database says nothing of itself');
  return { ...row, ledger: rows[0]?.case ?? '' };
}
