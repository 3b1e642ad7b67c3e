/** @module-tag quarter */
import { beforeAll, describe, expect, test } from 'vitest';
import { holdAt, impatiently, listPlaces } from '../tools/cutting.ts';
import { runJob } from '../tools/job.ts';
import { startLab } from '../tools/lab.ts';
import { canContain, canMount } from '../tools/server.ts';
import { startSmallUpgrade, type SmallUpgrade } from '../tools/small-upgrade.ts';
import { programs, runStep, startOn, stop, valuesOf, volumeOf, type Former, type Step } from '../tools/upgrade.ts';

/*
 * What an upgrade may find, or meet on its way: a database that lets nobody in, another pod on the volume, and a volume that is full.
 */
const SERVICES = '  a-service: {}\n  closed: {}\n  greedy: {}\n';

/** Takes as much of a disk as there is, on any server but 15. */
const GREEDY = `
CREATE FUNCTION public.big(i integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
  RETURN CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN repeat('x', 10000000) END;
END$$;
CREATE TABLE t (i integer, big text GENERATED ALWAYS AS (public.big(i)) STORED);
ALTER TABLE t ALTER COLUMN big SET STORAGE EXTERNAL;
INSERT INTO t SELECT generate_series(1, 100);
`;

let former: Former;

beforeAll(async () => {
  const lab = await startLab(15, { values: valuesOf(SERVICES) });
  expect((await lab.job()).code).toBe(0);
  for (const name of ['a-service', 'closed']) await lab.as(`${name}-db-secret`, 'CREATE TABLE t AS SELECT 1 AS i');
  await lab.as('greedy-db-secret', GREEDY);
  await lab.admin('ALTER DATABASE "closeddb" ALLOW_CONNECTIONS false');
  former = await stop(lab, SERVICES);
});

const WANTS =
  /^server: ERROR: {2}the volume has \d+ MiB left, and what is in \S+ takes \d+ MiB: it wants \d+ beside it .*\. Nothing was changed: go back to PostgreSQL 15, /m;

/** A container that fails begins again: a server that had no room for its log may have ended. */
async function runAsKubelet(small: SmallUpgrade, step: Step): ReturnType<SmallUpgrade['run']> {
  const first = await small.run(step);
  if (first.code === 0) return first;
  expect(first.output).toContain('server: begins anew without greedy\n');
  const { code, output } = await small.run(step);
  return { code, output: first.output + output };
}

describe('an upgrade', { timeout: 300_000 }, () => {
  test('leaves a database behind that lets nobody in, and no empty one takes its place', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    context.skip(!(await canMount()), 'a disk of its own needs root and mount namespaces');
    const volume = await volumeOf(former);
    const taken = await runStep(volume, 'take-over');
    expect(taken.output).toContain(
      'closed: ERROR:  its database lets nobody in: ALTER DATABASE "closeddb" ALLOW_CONNECTIONS true\n',
    );
    expect(taken.output).not.toContain('is no service');
    // Greedy needs a disk of its own.
    const small = await startSmallUpgrade(volume, '550m');
    context.onTestFinished(() => small.end());
    const brought = await runAsKubelet(small, 'bring-over');
    expect(brought.output).toMatch(/^closed: stays in the data of PostgreSQL 15, locked here;/m);
    expect(brought.output).toMatch(/^greedy: .*No space left on device/m);
    expect(brought.output).toMatch(/^greedy: stays in the data of PostgreSQL 15, locked here;/m);
    expect(brought.output).toMatch(/^a-service: is in PostgreSQL 18, compared/m);
    expect(brought.code).toBe(0);
    const server = await startOn(context, await small.copy());
    const job = await runJob(former.manifests, server.port);
    expect(job.output).toMatch(/^closed: refused: it stayed in the data of the former major/m);
    expect(job.output).toMatch(/^3 services: 1 well, 2 not$/m);
    const databases = await server.asAdmin((client) =>
      client.query("SELECT FROM pg_database WHERE datname ~ '^(closed|greedy)'"),
    );
    expect(databases.rowCount).toBe(0);
  });

  test('that meets a full volume changes nothing, and goes on once there is room', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    context.skip(!(await canMount()), 'a disk of its own needs root and mount namespaces');
    const small = await startSmallUpgrade(await volumeOf(former), '550m');
    context.onTestFinished(() => small.end());
    for (const [step, program] of [
      ['take-over', 'pg_dump'],
      ['bring-over', 'pg_restore'],
    ] as const) {
      const { code, output } = await small.run(step, small.fillBefore(step, program));
      expect(output).toMatch(WANTS);
      expect(code).toBe(1);
      expect(await small.onVolume('test ! -e 18/docker; test -e 15/docker/PG_VERSION; rm other')).toBe('');
      const again = await runAsKubelet(small, step);
      expect(again.code, again.output).toBe(0);
      expect(again.output).toMatch(/^a-service: (taken out of|is in) PostgreSQL/m);
    }
  });

  test('waits while another pod has the volume, and begins once that has ended', async (context) => {
    context.skip(programs === undefined, 'the programs of 18 could not be had');
    context.skip(!(await canContain()), 'numbers of processes of their own need root and namespaces');
    const volume = await volumeOf(former);
    const places = await listPlaces(await volumeOf(former), 'take-over');
    const last = places.find(({ command }) => command.includes('sync --file-system'));
    if (last === undefined) throw new Error('take.sh syncs nothing');
    const other = await holdAt(volume, last);
    for (const { code, output } of [
      await runStep(volume, 'take-over', impatiently(volume, 'take-over')),
      await runStep(volume, 'bring-over', impatiently(volume, 'bring-over')),
    ]) {
      expect(output).toBe(
        'server: ERROR:  another pod has the volume: it serves it, or upgrades it. Nothing was changed: this one begins anew, and goes on once the other has ended (kubectl get pods)\n',
      );
      expect(code).toBe(1);
    }
    other.kill();
    await other.ended;
    expect(await runStep(volume, 'take-over')).toMatchObject({ code: 0 });
  });
});
