import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test, type TestContext } from 'vitest';
import { runJob, startWatchOver, type Running } from '../tools/job.ts';
import { deployOn } from '../tools/lab.ts';
import { dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { canMount, withClient } from '../tools/server.ts';
import { startOnSmallVolume, type SmallVolume } from '../tools/small-volume.ts';

const mountable = await canMount();
const VALUES = 'tls: { mode: "off" }\nservices:\n  mail: {}\n  orders: {}\n';
const MIB = 1024 * 1024;

interface Pod {
  readonly manifests: readonly Manifest[];
  readonly server: SmallVolume;
  readonly watch: Running;
  readonly as: (service: string, ...statements: readonly string[]) => Promise<unknown>;
}

describe.each(POSTGRES_MAJORS)('the volume of PostgreSQL %i', { timeout: 300_000 }, (major) => {
  const begin = async ({ onTestFinished }: TestContext): Promise<Pod> => {
    const { manifests } = await deployOn(major, { values: VALUES });
    const server = await startOnSmallVolume(inject('postgres')[major], manifests, '600m');
    onTestFinished(() => server.end());
    const watch = startWatchOver(manifests, server);
    onTestFinished(() => watch.kill());
    await expect.poll(() => reserveOf(server), { timeout: 30_000 }).toBe(64 * MIB);
    expect((await runJob(manifests, server.port)).code).toBe(0);
    const as: Pod['as'] = (service, ...statements) => {
      const { user, password, database } = dataOf(pick(manifests, 'Secret', `${service}-db-secret`));
      return withClient({ host: '127.0.0.1', port: server.port, user, password, database }, async (client) => {
        for (const statement of statements) await client.query(statement);
      });
    };
    return { manifests, server, watch, as };
  };

  test('is filled to the last byte at once: the server starts again from what was kept, and can only read', async (context) => {
    context.skip(!mountable, 'a disk of its own needs root and mount namespaces');
    const { server, watch, as } = await begin(context);
    await as('orders', 'CREATE TABLE o AS SELECT 1 AS i');
    await server.onVolume('cat /dev/zero >other 2>/dev/null || true; kill -9 $(head -n 1 18/docker/postmaster.pid)');
    await expect.poll(() => as('orders', 'SELECT * FROM o').catch(String), { timeout: 60_000 }).toBe(undefined);
    await expect(as('orders', 'INSERT INTO o VALUES (2)')).rejects.toThrow(ONLY_READS);
    expect(await reserveOf(server)).toBe(undefined);
    expect(server.log()).toMatch(/^the volume is full: transactions can only read until /m);

    await server.onVolume('rm other');
    await expect.poll(() => as('orders', 'INSERT INTO o VALUES (2)').catch(String), { timeout: 60_000 }).toBe(undefined);
    expect(await reserveOf(server)).toBe(64 * MIB);
    expect(watch.output()).toMatch(/^server: its volume has room: it takes new data$/m);
  });

  // What watches and what it says to the server is the same on any.
  if (major !== 15) return;

  test('is filled by one service: all can read, nobody writes on, and what it removes opens the server again', async (context) => {
    context.skip(!mountable, 'a disk of its own needs root and mount namespaces');
    const { server, watch, as } = await begin(context);
    await server.onVolume('head -c 330M /dev/zero >other');
    await as('orders', 'CREATE TABLE o AS SELECT 1 AS i');
    await as('mail', 'CREATE UNLOGGED TABLE filler (i bigint)');
    await expect(fill(as)).rejects.toThrow(/read-only transaction|terminating connection/);
    const write = (): Promise<unknown> => as('orders', 'INSERT INTO o VALUES (2)').catch(String);
    expect(await write()).toMatch(ONLY_READS);
    await as('orders', 'SELECT * FROM o');
    expect(watch.output()).toMatch(/^server: its volume is full: transactions that begin now can only read, /m);

    await as('mail', 'BEGIN READ WRITE', 'TRUNCATE filler', 'COMMIT');
    await expect.poll(write, { timeout: 30_000 }).toBe(undefined);
    expect(watch.output()).toMatch(/^server: its volume has room: it takes new data$/m);
  });
});

const ONLY_READS = /cannot execute INSERT in a read-only transaction/;

/** As a service does that never removes anything. */
async function fill(as: Pod['as']): Promise<void> {
  for (let round = 0; round < 1000; round += 1) {
    await as('mail', 'INSERT INTO filler SELECT generate_series(1, 50000)');
    await sleep(50);
  }
}

/** Its bytes; undefined where there is none. */
async function reserveOf(server: SmallVolume): Promise<number | undefined> {
  const found = await server.onVolume('stat --format=%s shared-postgresql.reserve || true');
  return found === '' ? undefined : Number(found);
}
