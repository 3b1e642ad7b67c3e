import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import table from '../../generator/postgresql/extensions.json' with { type: 'json' };
import { deploy } from '../tools/deployment.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { startServer, type Server } from '../tools/server.ts';

/*
 * What extensions.json says of an extension is what real servers say. The verdict is a person's; that closing the listed
 * functions is possible, and that a service reaches none of them afterwards, is proven here.
 */
interface Extension {
  readonly name: string;
  readonly majors: readonly number[];
  readonly trusted: boolean;
  readonly inImage: boolean;
  readonly requires: readonly string[];
  readonly verdict: string;
  readonly reason?: string;
  readonly open?: readonly string[];
  readonly close?: readonly { readonly function: string; readonly majors: readonly number[] }[];
}
const extensions: readonly Extension[] = table.extensions;
const refused = extensions.filter(({ verdict }) => verdict === 'refused').map(({ name }) => name);

describe('the table of extensions', () => {
  test('is sorted, and says everything once', () => {
    const names = extensions.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
  });

  test.each(extensions)(
    '$name has a verdict, and what the verdict needs',
    ({ verdict, reason, close, open, trusted, majors }) => {
      expect(['let in', 'closes', 'refused']).toContain(verdict);
      expect(reason === undefined).toBe(verdict === 'let in');
      expect(close === undefined).toBe(verdict !== 'closes');
      expect(open === undefined).toBe(trusted || verdict === 'refused');
      for (const one of close ?? []) expect(majors).toEqual(expect.arrayContaining([...one.majors]));
    },
  );

  test('refuses what needs an extension that is refused', () => {
    const needing = extensions.filter(({ requires }) => requires.some((name) => refused.includes(name)));
    expect(needing.length).toBeGreaterThan(0);
    for (const { name } of needing) expect(refused).toContain(name);
  });
});

describe.each(POSTGRES_MAJORS)('the extensions of PostgreSQL %i', (major) => {
  const ofMajor = extensions.filter(({ majors }) => majors.includes(major));
  const toClose = ofMajor.flatMap(({ name, close = [] }) =>
    close.filter(({ majors }) => majors.includes(major)).map((one) => ({ name, function: one.function })),
  );
  let server: Server;
  let available: { name: string; trusted: boolean; requires: string[] }[];

  beforeAll(async () => {
    const { manifests } = await deploy({ values: 'services: {}\n', args: ['--set-string', `postgresql.version=${major}`] });
    server = await startServer(inject('postgres')[major], manifests);
    available = await server.asAdmin(
      async (client) =>
        (
          await client.query<(typeof available)[number]>(
            `SELECT a.name::text, trusted, coalesce(requires::text[], '{}') AS requires
             FROM pg_available_extensions AS a JOIN pg_available_extension_versions AS v ON v.name = a.name AND v.version = a.default_version
             ORDER BY a.name COLLATE "C"`,
          )
        ).rows,
    );
  });
  afterAll(() => server.end());

  test('stand in the table, each with what the server says of it', () => {
    expect(available.length).toBeGreaterThanOrEqual(20);
    const names = available.map(({ name }) => name);
    const said = ofMajor.filter(({ name }) => names.includes(name));
    expect(said.map(({ name, trusted, requires }) => ({ name, trusted, requires }))).toEqual(available);
  });

  test('leave functions open that the table closes, and once they are closed a service can call none of them', async () => {
    const names = new Set(available.map(({ name }) => name));
    const there = toClose.filter(({ name }) => names.has(name));
    expect(there.length).toBeGreaterThanOrEqual(6);
    await server.asAdmin(async (client) => {
      await client.query('CREATE ROLE somebody');
      const open = async (signature: string): Promise<unknown> =>
        (
          await client.query<{ open: boolean }>(
            `SELECT has_function_privilege('somebody', $1::regprocedure, 'EXECUTE') AS open`,
            [signature],
          )
        ).rows[0]?.open;
      for (const { name, function: signature } of there) {
        await client.query(`CREATE EXTENSION IF NOT EXISTS ${client.escapeIdentifier(name)}`);
        expect(await open(signature), signature).toBe(true);
        const { rows } = await client.query<{ name: string; signature: string }>(
          `SELECT extname::text AS name, objid::regprocedure::text AS signature FROM pg_depend JOIN pg_extension AS e ON e.oid = refobjid
           WHERE classid = 'pg_proc'::regclass AND objid = $1::regprocedure AND deptype = 'e'`,
          [signature],
        );
        expect(rows).toEqual([{ name, signature }]);
        await client.query(`REVOKE EXECUTE ON FUNCTION ${signature} FROM PUBLIC`);
        expect(await open(signature), signature).toBe(false);
      }
    });
  });

  test('have no other function open to everybody than those that were looked at', async () => {
    const names = new Set(available.map(({ name }) => name));
    const there = ofMajor.filter(({ name, open }) => names.has(name) && open !== undefined);
    expect(there.length).toBeGreaterThanOrEqual(15);
    await server.asAdmin(async (client) => {
      for (const { name, open } of there) {
        await client.query(`CREATE EXTENSION IF NOT EXISTS ${client.escapeIdentifier(name)} CASCADE`);
        const { rows } = await client.query<{ signature: string; name: string }>(
          `SELECT p.oid::regprocedure::text AS signature, proname::text AS name
           FROM pg_extension AS e JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
           JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
           WHERE extname = $1 AND has_function_privilege('public', p.oid, 'EXECUTE')`,
          [name],
        );
        const closed = toClose.map(({ function: signature }) => signature);
        expect(open).toEqual(
          expect.arrayContaining(rows.filter(({ signature }) => !closed.includes(signature)).map((row) => row.name)),
        );
      }
    });
  });

  test('are refused when they bring a language that is not trusted, or a foreign-data wrapper', () => {
    const untrusted = /^(plperlu|plpython3u|pltclu)$|_plperlu$|_plpython3u$|_fdw$|^dblink$/;
    const names = available.map(({ name }) => name).filter((name) => untrusted.test(name));
    expect(names.length).toBeGreaterThanOrEqual(3);
    expect(refused).toEqual(expect.arrayContaining(names));
  });
});

describe.each(POSTGRES_MAJORS.filter((major) => inject('postgres')[major].startsWith('/usr/lib/postgresql/')))(
  'Debian, whose packages the image has, for PostgreSQL %i',
  (major) => {
    test('has every extension that the image is said to have', () => {
      const folder = join(inject('postgres')[major], '../../../../share/postgresql', String(major), 'extension');
      const said = extensions.filter(({ inImage, majors }) => inImage && majors.includes(major)).map(({ name }) => name);
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(said.map((name) => `${name}.control`)));
    });
  },
);
