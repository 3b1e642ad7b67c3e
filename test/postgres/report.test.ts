/** @module-tag quarter */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { Result } from '../tools/run.ts';
import { endWith, startProvisionedLab, type Lab } from '../tools/lab.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { temporaryFolder } from '../tools/folders.ts';

const INPUT = { values: 'services: { a-service: { roles: { reporting: {} } }, b-service: {} }\n' };

const A = 'a-service-db-secret';

const TABLES = `
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(20) NOT NULL, mood mood);
COMMENT ON TABLE customers IS 'who <b>pays</b>';
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, at timestamptz) PARTITION BY HASH (id);
CREATE TABLE orders_0 PARTITION OF orders FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE passports (customer bigint PRIMARY KEY REFERENCES customers);
CREATE SCHEMA other;
CREATE TABLE other."<script>alert(1)</script>" ("</text>" int)`;

/** More tables and columns than anybody draws. */
const MUCH = `DO $$ BEGIN
  FOR i IN 1..150 LOOP
    EXECUTE format('CREATE TABLE t%s (%s)', i, (SELECT string_agg('c' || c || ' int', ', ') FROM generate_series(1, 50) AS c));
  END LOOP;
END $$`;

/** Names of the system's, which a session would find first whose search path is the service's. */
const SHADOWS = `
CREATE FUNCTION public.format_type(oid, integer) RETURNS text LANGUAGE sql AS $$ SELECT 'planted'::text $$;
CREATE FUNCTION public.left(text, integer) RETURNS text LANGUAGE sql AS $$ SELECT 'planted'::text $$;
CREATE VIEW public.pg_class AS SELECT 1::oid AS oid, 'planted'::name AS relname`;

describe.each(POSTGRES_MAJORS)('the report on PostgreSQL %i', (major) => {
  const out = join(temporaryFolder(), 'report.html');

  const report = async (lab: Lab, ...args: string[]): Promise<Result & { html: string }> => {
    const result = await lab.command('report', '--out', out, ...args);
    return { ...result, html: result.code === 0 ? readFileSync(out, 'utf8') : '' };
  };
  beforeAll(() => expect(inject('postgres')[major]).toBeDefined());

  test('tells tables, sizes, who opens what and what differs, and changes nothing', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, INPUT));
    await lab.as(A, TABLES);
    await lab.admin('ALTER ROLE bdb_user CREATEDB');
    const transactions = `SELECT xact_commit, tup_inserted FROM pg_stat_database WHERE datname = 'adb'`;
    expect(await lab.admin(transactions)).toHaveLength(1);
    const { html, output } = await report(lab, '--secrets', '-');
    expect(output).toBe(`wrote ${out}\n`);
    for (const text of [
      '>customers</text>',
      '>orders</text>',
      '>passports</text>',
      '>mood</text>',
      '>varchar(20)</text>',
      '4 tables',
    ])
      expect(html).toContain(text);
    expect(html).not.toContain('orders_0');
    expect(html).toContain('other.&lt;script&gt;');
    expect(html).toContain('public.customers: who &lt;b&gt;pays&lt;/b&gt;');
    expect(html).toContain('ALTER ROLE bdb_user NOCREATEDB');
    expect(html).toContain('Each was tried on the server with a real login.');
    expect(html).toContain('title="adb_reporting opens adb"');
    expect(html).not.toMatch(/SCRAM-SHA-256\$/);
    for (const { html: page } of [await report(lab)]) expect(page).toContain('So the catalogs of the server say');
    // The plan that it read was not carried out.
    expect(await lab.admin(`SELECT rolcreatedb FROM pg_roles WHERE rolname = 'bdb_user'`)).toEqual([{ rolcreatedb: true }]);
  });

  // What follows is read in the same way from any server.
  if (major !== 18) return;

  test('a login that is gone opens nothing by the catalogs', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, INPUT));
    await lab.admin('ALTER ROLE bdb_user NOLOGIN; GRANT CONNECT ON DATABASE adb TO PUBLIC');
    const { html } = await report(lab);
    expect(html).toContain('b-service: there is no login bdb_user');
    expect(html).toContain('title="bdb_user is not as it must be at bdb"');
    expect(html).toContain('b-service: by the catalogs bdb_user may connect to database adb');
  });

  test('what a service does to its own database keeps nobody waiting, and no page grows without end', async (context) => {
    const lab = endWith(context, await startProvisionedLab(major, INPUT));
    await lab.as(A, MUCH);
    await lab.as(A, SHADOWS);
    await lab.as(A, `DO $$ BEGIN EXECUTE format('COMMENT ON TABLE t1 IS %L', repeat('x', 10000000)); END $$`);
    const held = await lab.hold(A);
    await held.query('BEGIN; LOCK TABLE t1 IN ACCESS EXCLUSIVE MODE');
    const started = performance.now();
    const { html } = await report(lab);
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(html).toContain('60 of 150 tables are drawn.');
    expect(html).toContain('… and 20 more');
    expect(html).not.toContain('planted');
    expect(html.length).toBeLessThan(1_000_000);
    await held.end();
  });
});
