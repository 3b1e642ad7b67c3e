import { chmodSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runJob } from '../tools/job.ts';
import { deployOn, startLab } from '../tools/lab.ts';
import { dataOf, keepSecrets, pick, type Manifest } from '../tools/manifests.ts';
import { withClient, type Server } from '../tools/server.ts';
import { leaveOn, programs, runStep, startOn, stop, valuesOf, volumeOf, type Former, type Volume } from '../tools/upgrade.ts';

/*
 * A service that has a prepared transaction stays behind, and the way back from 18 to 15 is open until one of the others writes.
 */
const SERVICES = '  a-service: {}\n  b-service: {}\n  open-service: {}\n';

let former: Former;
let back: readonly Manifest[];

beforeAll(async () => {
  const values = `postgresql: { settings: { max_prepared_transactions: 2 } }\n${valuesOf(SERVICES)}`;
  const lab = await startLab(15, { values });
  expect((await lab.job()).code).toBe(0);
  for (const name of ['a', 'b', 'open'])
    await lab.as(`${name}-service-db-secret`, `CREATE TABLE t AS SELECT 1 AS i; CREATE SEQUENCE s; SELECT nextval('s')`);
  await lab.as('open-service-db-secret', `BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'open'`);
  former = await stop(lab, SERVICES);
  const returning = `postgresql: { returnFrom: { version: "18" } }\n${valuesOf(SERVICES)}`;
  back = keepSecrets((await deployOn(15, { values: returning })).manifests, former.manifests);
});

const as = (server: Server, secret: string, sql: string): Promise<object[]> => {
  const { user, password, database } = dataOf(pick(former.manifests, 'Secret', secret));
  return withClient(
    { host: '127.0.0.1', port: server.port, user, password, database },
    async (client) => (await client.query<object>(sql)).rows,
  );
};

const lookBack = (volume: Volume, further: Record<string, string> = {}): ReturnType<typeof runStep> =>
  runStep({ ...volume, manifests: back }, 'look-back', further);

describe('what an upgrade leaves', { timeout: 300_000 }, () => {
  test('is nothing on a volume that has too little room', async () => {
    const volume = await volumeOf(former);
    const stub = temporaryFolder();
    writeFiles(stub, { df: '#!/bin/sh\necho Avail; echo 290\n' });
    chmodSync(stub, 0o755);
    chmodSync(join(stub, 'df'), 0o755);
    const PATH = [stub, inject('postgres')[15], process.env['PATH'] ?? ''].join(delimiter);
    const { code, output } = await runStep(volume, 'take-over', { PATH });
    const [, used = '', wanted = ''] =
      /^server: ERROR: {2}the volume has 290 MiB left, and what is in \S+ takes (\d+) MiB: it wants (\d+) beside it for the time of the upgrade\. Nothing was changed: go back to PostgreSQL 15, enlarge persistence\.size, and upgrade again$/m.exec(
        output,
      ) ?? [];
    expect({ code, wanted: Number(wanted) }).toEqual({ code: 1, wanted: Math.floor((Number(used) * 3) / 2) + 256 });
    expect(readdirSync(volume.folder)).toEqual(['15']);
  });

  test('can be gone back from until a service writes, and then by the word that says so', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const volume = await volumeOf(former);
    const taken = await runStep(volume, 'take-over');
    expect(taken.output).toMatch(
      /^open-service: ERROR: {2}it has prepared transactions, which no dump has: commit them, or roll them back \(pg_prepared_xacts\)$/m,
    );
    // A pod's own folder is too small for lists as long as a service likes.
    const [oid = ''] = readdirSync(join(volume.folder, 'upgrade')).filter((name) => /^\d+$/.test(name));
    expect(readdirSync(join(volume.folder, 'upgrade', oid))).toContain('contents');
    const brought = await runStep(volume, 'bring-over');
    expect([taken.code, brought.code]).toEqual([0, 0]);

    const first = await startOn(context, volume);
    expect((await runJob(former.manifests, first.port)).output).toMatch(/^3 services: 2 well, 1 not$/m);
    expect(await as(first, 'a-service-db-secret', 'SELECT i FROM t')).toEqual([{ i: 1 }]);
    await leaveOn(volume, first);
    expect(await lookBack(volume)).toMatchObject({ code: 0, output: '' });

    const next = await startOn(context, volume);
    await as(next, 'a-service-db-secret', 'UPDATE t SET i = 2');
    await leaveOn(volume, next);
    const { code, output } = await lookBack(volume);
    const [, word = ''] = /postgresql\.returnFrom\.discard: (confirm-\d+) /.exec(output) ?? [];
    expect(output).toBe(
      'a-service: is not as it was when it was brought into PostgreSQL 18\n' +
        `server: ERROR:  the services that are named above have what PostgreSQL 15 does not have. Nothing was changed: set postgresql.version back to '18' and take returnFrom out, or give that up with postgresql.returnFrom.discard: ${word} (docs/upgrade.md)\n`,
    );
    expect(code).toBe(1);
    expect(readdirSync(join(volume.folder, '18/brought', oid))).toContain('contents-now');
    expect(await lookBack(volume, { DISCARD: 'confirm-1' })).toMatchObject({ code: 1 });
    expect(await lookBack(volume, { DISCARD: word })).toMatchObject({ code: 0, output: '' });
  });

  test('of an upgrade by a former version is held against what that wrote down', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    const volume = await volumeOf(former);
    const then = { ...volume, manifests: asBefore(former.manifests) };
    expect(await runStep(then, 'take-over')).toMatchObject({ code: 0 });
    expect(await runStep(then, 'bring-over')).toMatchObject({ code: 0 });
    expect(await lookBack(volume)).toMatchObject({ code: 0, output: '' });
    const server = await startOn(context, volume);
    await as(server, 'a-service-db-secret', 'UPDATE t SET i = 2');
    await leaveOn(volume, server);
    expect((await lookBack(volume)).output).toMatch(
      /^a-service: is not as it was when it was brought into PostgreSQL 18\nserver: /,
    );
  });
});

/** The scripts as they were before names were quoted, and values hashed as bytes. */
function asBefore(manifests: readonly Manifest[]): Manifest[] {
  const config = pick(manifests, 'ConfigMap', /-upgrade$/);
  const data: Record<string, string> = { ...dataOf(config) };
  for (const [script, now, before] of [
    ['beside.sh', "PGOPTIONS+=' -c quote_all_identifiers=on'", ':'],
    ['contents.psql', '\\set how sent', '\\set how values'],
  ] as const) {
    const text = data[script] ?? '';
    if (!text.includes(now)) throw new Error(`${script} does not have ${now}`);
    data[script] = text.replace(now, () => before);
  }
  return manifests.map((each) => (each === config ? { ...each, data } : each));
}
