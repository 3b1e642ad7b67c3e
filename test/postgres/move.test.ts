import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import type { Lab } from '../tools/lab.ts';
import { startEnds, type Ends } from '../tools/moving.ts';
import { fetchPrograms, type PostgresMajor } from '../tools/postgres-binaries.ts';

/*
 * A service moves from a server of 15 to one of 18, both provisioned for it, while somebody writes who comes back at once.
 */
const VALUES = `
postgresql: { settings: { wal_level: logical }, allowedExtensions: [moddatetime] }
services:
  a-service: { roles: { reporting: {} }, connectionLimit: 10 }
  b-service: {}
  c-service: {}
  d-service: { tempFileLimit: 1MB }
  e-service: {}
  g-service: {}
  f-service: { placedExtensions: { citext: { schema: ext }, hstore: { schema: ext, version: '1.7' }, moddatetime: { schema: public } } }
`;
const FILES = {
  'schema/databases/a-service/001_notes.sql': `
CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number integer NOT NULL UNIQUE, text text);
CREATE TABLE keyless (a integer, b json);
CREATE TABLE counted (number integer REFERENCES note (number));
CREATE FUNCTION note_down() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO counted VALUES (NEW.number); RETURN NEW; END$$;
CREATE TRIGGER counts AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION note_down();
CREATE FUNCTION nosy() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname IN (current_user, session_user) AND (rolsuper OR rolreplication)) THEN RAISE 'it runs as an admin'; END IF;
  RETURN NEW;
END$$;
CREATE TRIGGER looks BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION nosy();
ALTER TABLE note ENABLE ALWAYS TRIGGER looks;
CREATE VIEW seen AS SELECT number FROM note;
`,
  'schema/databases/f-service/001_words.sql': `
CREATE TABLE word (word ext.citext PRIMARY KEY, tags ext.hstore, at timestamptz);
CREATE TABLE keyless (word ext.citext, tags ext.hstore);
CREATE TRIGGER at BEFORE UPDATE ON word FOR EACH ROW EXECUTE FUNCTION public.moddatetime(at);
`,
};
const SECRET = 'a-service-db-secret';

/** Another size and another beginning for a run by hand: MOVE_ROWS=1000000 MOVE_FROM=18. */
const ROWS = Number(process.env['MOVE_ROWS'] ?? 2000);
const FROM: PostgresMajor = process.env['MOVE_FROM'] === '18' ? 18 : 15;

let source: Lab;
let target: Lab;
let ends: Ends;
let programs: string | undefined;

beforeAll(async () => {
  programs = await fetchPrograms();
  ends = await startEnds(FROM, { values: VALUES, files: FILES }, programs ?? '');
  ({ source, target } = ends);
});
afterAll(() => ends.end());

const move: Ends['move'] = (...words) => ends.move(...words);

/** Somebody who writes one row after the other, and comes back at once wherever it is let in. Gives the rows of which it heard that they were written. */
function write(): { readonly stop: () => Promise<readonly number[]> } {
  const state = { isOver: false };
  const written: number[] = [];
  let number = 10_000_000;
  const session = async (lab: Lab): Promise<void> => {
    const client = new pg.Client(lab.login(SECRET));
    client.on('error', () => undefined);
    await client.connect();
    while (!state.isOver) {
      number += 1;
      await client.query('INSERT INTO note (number, text) VALUES ($1, $2)', [number, 'ä\t\\']);
      written.push(number);
      // As fast as it can, it would take a core from the move.
      await sleep(2);
      if (number % 10 === 0) await client.query('UPDATE keyless SET a = a + 1 WHERE a >= 0');
      if (number % 10 === 1) await client.query('UPDATE "system_user" SET "system_user" = $1', [number]);
      if (number % 7 === 0) await client.query('DELETE FROM counted WHERE number = $1', [number]);
      if (number % 13 === 0) await client.query('UPDATE note SET text = NULL WHERE number = $1', [number]);
    }
    await client.end();
  };
  const ended = (async () => {
    while (!state.isOver) for (const lab of [source, target]) await session(lab).catch(() => sleep(20));
  })();
  return {
    stop: async () => {
      state.isOver = true;
      await ended;
      return written;
    },
  };
}

const STEPS = [
  'has the source write whole rows',
  'makes an empty database',
  'dumps it',
  'restores it',
  'takes what was written since',
  'stops writes',
  'takes sequences',
  'compares both ends',
  'opens it',
  'removes what only',
];

/** What is left after these takes so little time that a busy machine may kill too late. */
const LAST = ['opens it', 'removes what only'];

const NOTHING_LEFT = `
  SELECT (SELECT count(*)::integer FROM pg_replication_slots) AS slots, (SELECT count(*)::integer FROM pg_roles WHERE rolname LIKE '%+moving') AS movers`;

test('with somebody who writes all the time, and killed at each step, no row is lost', { timeout: 600_000 }, async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  await source.as(
    SECRET,
    `INSERT INTO note (number) SELECT generate_series(1, ${ROWS}); INSERT INTO keyless VALUES (1, '{}');
      CREATE TABLE system_user AS SELECT 0 AS system_user; CREATE VIEW user_seen AS SELECT system_user FROM system_user; SELECT lo_from_bytea(4242, 'x')`,
  );
  const dry = await move('a-service', '--dry-run');
  expect(dry.output).toContain('1 large objects, which are copied while writes are stopped');
  expect(dry.code).toBe(2);
  const writer = write();
  for (const step of STEPS)
    expect(await ends.killAt(step, 'a-service'), step).toMatch(LAST.includes(step) ? /^killed$|has moved/ : /^killed$/);
  const { output, code } = await move('a-service');
  expect(output).toContain('a-service has moved');
  if (ROWS > 2000) console.log(output);
  expect(code).toBe(0);
  await sleep(500);
  const written = await writer.stop();
  const there = await target.as(
    SECRET,
    'SELECT array_agg(number) AS numbers, max(id) < nextval($$note_id_seq$$) AS goes_on, (SELECT "system_user" > 0 FROM user_seen) AS reserved FROM note',
  );
  expect(there).toMatchObject([{ goes_on: true, reserved: true }]);
  const numbers = new Set(Object.values(there[0] ?? {}).flat());
  expect(written.length).toBeGreaterThan(100);
  expect(written.filter((number) => !numbers.has(number))).toEqual([]);
  expect(await target.as(SECRET, "SELECT convert_from(lo_get(4242), 'UTF8') AS object")).toEqual([{ object: 'x' }]);
  for (const lab of [source, target]) expect(await lab.admin(NOTHING_LEFT)).toEqual([{ slots: 0, movers: 0 }]);
  for (const lab of [source, target])
    expect(await lab.admin("SELECT relname FROM pg_class WHERE relreplident = 'f'", 'adb')).toEqual([]);
  expect((await target.command('plan', '--compare', 'all')).code).toBe(0);
  expect((await target.command('verify')).code).toBe(0);
});

test('what it left is locked, whatever its values say, and retained when they have it no more', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  await expect(source.as(SECRET, 'SELECT')).rejects.toThrow();
  const [{ oid } = { oid: 0 }] = await source.admin<{ oid: number }>("SELECT oid FROM pg_database WHERE datname = 'adb'");
  await source.change({ values: VALUES.replace('a-service: {', `a-service: { adopt: confirm-adb-${oid},`), files: FILES });
  expect((await source.command('plan')).output).toContain('it was moved to another server, and what is here is kept, locked');
  expect((await source.job()).code).toBe(1);
  await expect(source.as(SECRET, 'SELECT')).rejects.toThrow();
  await source.change({ values: VALUES.replace(/ {2}a-service: .*\n/, '') });
  const { output, code } = await source.job();
  expect(output).toContain('retained: database adb and login role adb_user (locked)');
  expect(code).toBe(0);
});

test('with downtime by a dump and restore, and again before it is undone', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  await source.as(
    'b-service-db-secret',
    'CREATE UNLOGGED TABLE quick AS SELECT 1 AS one; CREATE TABLE system_user AS SELECT 1 AS system_user',
  );
  await source.as(
    'b-service-db-secret',
    'CREATE TABLE hid (); ALTER TABLE hid ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
  );
  const dry = await move('b-service', '--dry-run');
  expect(dry.output).toContain('changes of unlogged tables cannot be followed (public.quick)');
  expect(dry.output).toContain('row policies hide rows of public.hid from their owner');
  await source.as('b-service-db-secret', 'DROP TABLE hid');
  // As the session of a run that was killed holds it, until the server notices.
  const held = await source.adminSession();
  await held.query("SELECT pg_advisory_lock(hashtext('shared_postgresql_move'), hashtext('b-service'))");
  const moving = move('b-service', '--with-downtime');
  await expect.poll(() => source.admin("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).toHaveLength(1);
  await held.end();
  const { output, code } = await moving;
  expect(output).toMatch(/b-service has moved; nobody could write for \d+\.\d s/);
  expect(code).toBe(0);
  expect(await target.as('b-service-db-secret', 'SELECT one, "system_user" FROM quick, "system_user"')).toEqual([
    { one: 1, system_user: 1 },
  ]);
  const undone = await move('b-service', '--undo');
  expect(undone.output).toContain('the service has moved.\n  Its way back is another move, from where it is now.');
  expect(undone.code).toBe(1);
});

test('a move that is undone leaves both ends as they were', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  await source.as('c-service-db-secret', 'CREATE TABLE kept AS SELECT 1 AS one');
  await target.as('c-service-db-secret', 'CREATE TABLE there AS SELECT 2 AS two');
  expect(await ends.killAt('stops writes', 'c-service')).toBe('killed');
  // Every service sees the names of all roles, and may give privileges on what it owns to any of them.
  await source.as('d-service-db-secret', 'CREATE TABLE bait (); GRANT SELECT ON bait TO "cdb+moving"');
  await target.as('d-service-db-secret', 'CREATE TABLE bait (); GRANT SELECT ON bait TO "cdb+moving"');
  expect((await move('c-service', '--with-downtime')).output).toContain('a move of this service without downtime has begun.');
  expect((await target.command('plan')).output).toContain('it is being moved from one server to another');
  const { output, code } = await move('c-service', '--undo');
  expect(output).toContain('the service is open at the source, as it was');
  expect(code).toBe(0);
  expect(await source.as('c-service-db-secret', 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  expect(await target.as('c-service-db-secret', 'SELECT two FROM there')).toEqual([{ two: 2 }]);
  for (const lab of [source, target]) expect(await lab.admin(NOTHING_LEFT)).toEqual([{ slots: 0, movers: 0 }]);
  const again = await move('c-service', '--undo');
  expect(again.output).toContain('no move of this service has begun.');
  expect(again.code).toBe(1);
});

test('killed between two steps it loses neither what the target had nor what a session still writes', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const client = new pg.Client(source.login('e-service-db-secret'));
  const ended = new Promise<Error>((resolve) => client.on('error', resolve));
  await client.connect();
  await client.query('CREATE TABLE kept (number integer)');
  await target.as('e-service-db-secret', 'CREATE TABLE there (number integer)');
  // As one that was killed before what the target has was put aside; undone, and begun anew.
  for (const words of [['--undo'], []]) {
    expect(await ends.killAt('has the source write whole rows', 'e-service')).toBe('killed');
    await target.admin(`ALTER DATABASE ${await formerOf('edb')} RENAME TO edb`);
    if (words.length > 0) expect((await move('e-service', ...words)).output).toContain('the service is open at the source');
  }
  expect(await ends.killAt('takes what was written since', 'e-service')).toBe('killed');
  await source.admin(LOCKED);
  await client.query('INSERT INTO kept VALUES (1)');
  expect((await move('e-service')).output).toContain('e-service has moved');
  expect((await ended).message).toContain('terminating connection');
  expect(await target.as('e-service-db-secret', 'SELECT number FROM kept')).toEqual([{ number: 1 }]);
  expect(await target.admin('TABLE there', await formerOf('edb'))).toEqual([]);
});

/** The name under which the target keeps what it had before a move came. */
const formerOf = async (database: string): Promise<string> => {
  const [{ former } = { former: '' }] = await target.admin<{ former: string }>(
    `SELECT datname AS former FROM pg_database WHERE datname LIKE '${database}\\_%'`,
  );
  return former;
};

test('extensions lie at the target where they did, are of the version that is pinned, and their types are followed', async ({
  skip,
}) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  const secret = 'f-service-db-secret';
  for (const table of ['word', 'keyless'])
    await source.as(secret, `INSERT INTO ${table} VALUES ('Copied', 'a=>1'), ('Changed', 'a=>1'), ('Gone', 'a=>1')`);
  await source.as(secret, WITHOUT_IDENTITY);
  // What is one by the equality of its type, and is not the same.
  await source.as(secret, `INSERT INTO keyless VALUES ('COPIED', 'a=>1'), (NULL, NULL)`);
  expect(await ends.killAt('takes what was written since', 'f-service')).toBe('killed');
  for (const table of ['word', 'keyless'])
    await source.as(
      secret,
      `INSERT INTO ${table} VALUES ('New', 'b=>2'); UPDATE ${table} SET tags = 'c=>3' WHERE word = 'changed'; DELETE FROM ${table} WHERE word = 'gone'`,
    );
  await source.as(secret, `DELETE FROM keyless WHERE word::text = 'COPIED'; DELETE FROM keyless WHERE word IS NULL`);
  await source.as(secret, 'UPDATE late SET id = id + 1; UPDATE named SET id = id + 1');
  const { output, code } = await move('f-service');
  expect(output).toContain('f-service has moved');
  expect(code).toBe(0);
  for (const table of ['word', 'keyless'])
    expect(await target.as(secret, `SELECT word::text, tags::text, tags -> 'c' AS c FROM ${table} ORDER BY 1`)).toEqual([
      { word: 'Changed', tags: '"c"=>"3"', c: '3' },
      { word: 'Copied', tags: '"a"=>"1"', c: null },
      { word: 'New', tags: '"b"=>"2"', c: null },
    ]);
  expect(
    await target.as(secret, `UPDATE word SET tags = NULL WHERE word = 'NEW' RETURNING at IS NOT NULL AS is_touched`),
  ).toEqual([{ is_touched: true }]);
  for (const table of ['late', 'named'])
    expect(await target.as(secret, `SELECT array_agg(id ORDER BY id) AS ids FROM ${table}`)).toEqual([{ ids: [2, 3] }]);
  const citext: unknown = expect.stringMatching(/^citext ext 1\.\d$/);
  const placed = `SELECT concat_ws(' ', extname, extnamespace::regnamespace, extversion) AS extension FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1`;
  expect(await target.as(secret, placed)).toEqual([
    { extension: citext },
    { extension: 'hstore ext 1.7' },
    { extension: 'moddatetime public 1.0' },
  ]);
  expect((await target.command('plan', '--compare', 'all')).output).not.toMatch(/^f-service: /m);
});

/** Keys by which the server knows no row: of one that it looks at when a transaction ends, and where the index is gone. */
const WITHOUT_IDENTITY = `
CREATE TABLE late (id integer PRIMARY KEY DEFERRABLE);
CREATE TABLE named (id integer NOT NULL);
CREATE UNIQUE INDEX named_id ON named (id);
ALTER TABLE named REPLICA IDENTITY USING INDEX named_id;
DROP INDEX named_id;
INSERT INTO late VALUES (1), (2);
INSERT INTO named VALUES (1), (2)`;

/** What is committed when writes stop, before any session ends. */
const LOCKED = `
UPDATE shared_postgresql.login SET service = 'e-service+moving' WHERE service = 'e-service';
UPDATE shared_postgresql.move SET phase = 'locked', logins = '{edb_user}' WHERE service = 'e-service';
ALTER ROLE edb_user NOLOGIN`;

test('what a service planted fills no disk at the target, and the move that fails opens it at the source', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  await source.as('d-service-db-secret', `DROP TABLE IF EXISTS bait; ${TELLS_ITS_LIMIT}`);
  const { output, code } = await move('d-service', '--with-downtime');
  expect(output).toMatch(/it may take \d+kB/);
  expect(code).toBe(1);
  expect(await source.as('d-service-db-secret', 'SELECT count(*)::integer FROM planted')).toEqual([{ count: 1 }]);
});

/** What a session may take of the disk where it is restored. */
const TELLS_ITS_LIMIT = `CREATE FUNCTION tell() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF session_user LIKE '%+moving' THEN RAISE 'it may take %', current_setting('temp_file_limit'); END IF;
  RETURN true;
END$$;
CREATE TABLE planted (i integer CHECK (public.tell()));
INSERT INTO planted VALUES (1)`;

test(
  'what a service planted for its move gets nowhere, is not missed, and leaves nothing',
  { timeout: 300_000 },
  async ({ skip }) => {
    skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
    const secret = 'g-service-db-secret';
    await source.as(secret, PLANTED);
    expect(await ends.killAt('takes what was written since', 'g-service')).toBe('killed');
    for (const [lab, who] of [[source, secret] as const, [target, 'e-service-db-secret'] as const])
      for (const attempt of [
        'SET ROLE "gdb+moving"',
        'GRANT "gdb+moving" TO CURRENT_USER',
        `ALTER ROLE "gdb+moving" PASSWORD 'mine'`,
      ])
        await expect(lab.as(who, attempt), attempt).rejects.toThrow(/permission denied|must have admin option/);
    // A rule that always acts: what comes by it comes as a change as well.
    await source.as(secret, `INSERT INTO bait (key) VALUES ('third')`);
    const twice = await move('g-service');
    expect(twice.output).toContain('what is at the target is not what is at the source:');
    expect(twice.code).toBe(1);
    await source.as(secret, 'ALTER TABLE bait DISABLE RULE twice');
    expect(await ends.killAt('takes what was written since', 'g-service')).toBe('killed');
    await source.as(secret, 'CREATE OR REPLACE FUNCTION public.concat(text) RETURNS text LANGUAGE sql AS $$SELECT $1$$');
    const changed = await move('g-service');
    expect(changed.output).toContain('the schema at the source changed since it was copied');
    expect(changed.code).toBe(1);
    expect(await ends.killAt('takes what was written since', 'g-service')).toBe('killed');
    await source.as(
      secret,
      `DELETE FROM bait WHERE key::text = 'first'; UPDATE keyless SET key = 'other' WHERE key::text = 'second'`,
    );
    // By an equality of its own it is three rows: it moves by what needs none.
    expect((await move('g-service')).output).toContain('a change at the source met 3 rows at the target, not 1');
    expect(await move('g-service', '--undo')).toMatchObject({ code: 0 });
    expect(await move('g-service', '--with-downtime')).toMatchObject({ code: 0 });
    expect(await target.as(secret, 'SELECT key::text FROM bait UNION ALL SELECT key::text FROM keyless ORDER BY 1')).toEqual(
      ['first', 'other', 'second', 'third'].map((key) => ({ key })),
    );
    expect(target.server.log().includes('planted code as gdb+moving')).toBe(true);
    for (const lab of [source, target]) expect(lab.server.log().includes('SCRAM-SHA-256$')).toBe(false);
    for (const lab of [source, target]) expect(await lab.admin(NOTHING_LEFT)).toEqual([{ slots: 0, movers: 0 }]);
  },
);

test('neither goes on with nor ends what comes from another source, and drops nothing that lost its name', async ({ skip }) => {
  skip(programs === undefined, 'the programs of PostgreSQL 18 cannot be had');
  await source.as('c-service-db-secret', 'CREATE TABLE here AS SELECT 1 AS one');
  await target.as('c-service-db-secret', 'CREATE TABLE before AS SELECT 2 AS two');
  // As one that began from there.
  await target.admin(
    `INSERT INTO shared_postgresql.move (service, side, database, phase, other, former) VALUES ('c-service', 'target', 'cdb', 'copying', '1', 'cdb_1')`,
  );
  for (const words of [[], ['--undo']]) {
    const { code, output } = await move('c-service', ...words);
    expect(output).toContain(
      'a move of this service from another server to the target has begun.\n  Finish that one, or end it there',
    );
    expect(code).toBe(1);
    expect(await source.admin(`SELECT FROM shared_postgresql.move WHERE service = 'c-service'`)).toEqual([]);
  }
  expect(await target.as('c-service-db-secret', 'SELECT two FROM before')).toEqual([{ two: 2 }]);
  await target.admin(`DELETE FROM shared_postgresql.move WHERE service = 'c-service'`);

  // What the target wrote last is gone: the copy, and that what was there before has another name.
  expect(await ends.killAt('takes sequences', 'c-service')).toBe('killed');
  const former = await formerOf('cdb');
  await target.admin('DROP DATABASE cdb WITH (FORCE)');
  await target.admin(`ALTER DATABASE ${former} RENAME TO cdb`);
  const { code, output } = await move('c-service');
  expect(output).toContain('c-service has moved');
  expect(code).toBe(0);
  expect(await target.as('c-service-db-secret', 'SELECT one FROM here')).toEqual([{ one: 1 }]);
  expect(await target.admin('SELECT two FROM before', former)).toEqual([{ two: 2 }]);
  for (const lab of [source, target]) expect(await lab.admin(NOTHING_LEFT)).toEqual([{ slots: 0, movers: 0 }]);
});

/** Publications of our name and of others, operators and functions that stand in for PostgreSQL's, and code wherever a restore or a change runs some. */
const PLANTED = `
CREATE DOMAIN word AS text;
CREATE FUNCTION same(word, word) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR public.= (LEFTARG = word, RIGHTARG = word, FUNCTION = same);
CREATE FUNCTION public.concat(text) RETURNS text LANGUAGE sql AS $$SELECT 'one'::text$$;
CREATE FUNCTION public.num_nulls(text) RETURNS integer LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION tries() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  attempt text;
BEGIN
  IF session_user = 'gdb_user' THEN RETURN true; END IF;
  RAISE LOG 'planted code as %', session_user;
  FOREACH attempt IN ARRAY ARRAY['RESET ROLE', 'SET SESSION AUTHORIZATION postgres', 'SET ROLE postgres', 'SET ROLE ddb_user', 'ALTER ROLE gdb_user SUPERUSER',
    'GRANT ddb TO gdb_user', 'COPY (SELECT 1) TO PROGRAM $p$true$p$', 'SET log_statement = $p$all$p$', 'SET ROLE gdb_user'] LOOP
    BEGIN
      EXECUTE attempt;
    EXCEPTION WHEN OTHERS THEN CONTINUE;
    END;
    IF attempt !~ 'RESET ROLE|gdb_user$' THEN RAISE 'it got out: %', attempt; END IF;
  END LOOP;
  IF NOT (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) THEN RAISE 'it came without TLS'; END IF;
  RETURN true;
END$$;
CREATE FUNCTION indexed(word) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM public.tries(); RETURN $1; END$$;
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM public.tries(); RETURN NEW; END$$;
CREATE TABLE bait (key word PRIMARY KEY, checked integer DEFAULT random() * 1000 CHECK (public.tries()), made text GENERATED ALWAYS AS (public.indexed(key)) STORED);
CREATE INDEX ON bait (public.indexed(key));
CREATE TRIGGER fires BEFORE INSERT ON bait FOR EACH ROW EXECUTE FUNCTION fires();
ALTER TABLE bait ENABLE REPLICA TRIGGER fires;
CREATE TABLE heard (key word);
CREATE RULE twice AS ON INSERT TO bait DO ALSO INSERT INTO heard VALUES (NEW.key);
ALTER TABLE bait ENABLE ALWAYS RULE twice;
CREATE TABLE keyless (key word);
INSERT INTO bait (key) VALUES ('first'), ('second');
TRUNCATE heard;
INSERT INTO keyless VALUES ('first'), ('second');
CREATE PUBLICATION shared_postgresql_move FOR TABLE heard;
CREATE PUBLICATION own FOR TABLE bait WITH (publish = '')`;
