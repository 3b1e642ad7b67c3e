/** @module-tag quarter */
import { describe, expect, test, type TestContext } from 'vitest';
import { runHelmTest, runJob, type JobResult } from '../tools/job.ts';
import { dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { failOver, receivers, startPair, type Pair } from '../tools/pair.ts';
import { startProxy } from '../tools/proxy.ts';
import { withClient, type Server } from '../tools/server.ts';

const SERVICES = Array.from({ length: 8 }, (_, index) => `service-${index}`);
const INPUT = {
  values: `engine: { kind: cloudnative-pg }
postgresql: { undeclared: close }
services:
${SERVICES.map((service) => `  ${service}: {}\n`).join('')}`,
  files: Object.fromEntries(
    SERVICES.map((service) => [
      `schema/databases/${service}/001_words.sql`,
      "CREATE TABLE word (text text PRIMARY KEY);\nINSERT INTO word VALUES ('first');\n",
    ]),
  ),
};

/** Whoever connects is here, where nobody has certificates. */
const PLAIN = { PGSSLMODE: 'disable' };

/** What the operator made of all that, in words that stay the same as long as nothing changes. */
const STATE = `SELECT rolname, rolcanlogin, rolreplication, rolconnlimit,
  has_database_privilege(rolname, 'postgres', 'CONNECT') AS connects, pg_has_role(rolname, 'pg_monitor', 'member') AS monitors
FROM pg_roles WHERE rolname ~ '^(streaming_replica|cnpg_)' ORDER BY 1`;

async function startStreaming(context: TestContext): Promise<Pair> {
  const pair = await startPair(INPUT);
  context.onTestFinished(async () => {
    await pair.end();
  });
  await expect.poll(() => receivers(pair.primary), { timeout: 60_000 }).toBe(1);
  return pair;
}

const asService = (manifests: readonly Manifest[], port: number, service: string, database?: string): Promise<object[]> => {
  const { user, password, database: own } = dataOf(pick(manifests, 'Secret', `${service}-db-secret`));
  const config = { host: '127.0.0.1', port, user, password, database: database ?? own };
  return withClient(config, async (client) => (await client.query<object>('TABLE word')).rows);
};

const isWell = ({ code, output }: JobResult): void => expect(code, output).toBe(0);

/** Every service has what its file made, once, and opens nothing else; the operator's roles are as they were. */
async function isAsDeclared({ manifests, standby }: Pair, operators: object[]): Promise<void> {
  for (const service of SERVICES) expect(await asService(manifests, standby.port, service)).toEqual([{ text: 'first' }]);
  await expect(asService(manifests, standby.port, 'service-0', 'service_1db')).rejects.toThrow('pg_hba.conf rejects connection');
  await expect(asService(manifests, standby.port, 'service-0', 'postgres')).rejects.toThrow('pg_hba.conf rejects connection');
  isWell(await runHelmTest(manifests, standby.port, PLAIN));
  expect(await operatorsOwn(standby)).toEqual(operators);
}

const operatorsOwn = (server: Server): Promise<object[]> =>
  server.asAdmin(async (client) => (await client.query<object>(STATE)).rows);

describe('a server that fails over', { concurrent: true }, () => {
  test.for([6, 40, 90])('after statement %d of a run is as declared after the next', async (position, context) => {
    const pair = await startStreaming(context);
    const operators = await operatorsOwn(pair.primary);
    const proxy = await startProxy(pair.primary.port, position, () => failOver(pair));
    const broken = await runJob(pair.manifests, proxy.port, { ...PLAIN, PGGSSENCMODE: 'disable', WAIT_SECONDS: '5' });
    await proxy.close();
    expect(broken.code, broken.output).not.toBe(0);
    isWell(await runJob(pair.manifests, pair.standby.port, PLAIN));
    await isAsDeclared(pair, operators);
    // Nothing is left to do.
    const last = await runJob(pair.manifests, pair.standby.port, PLAIN);
    isWell(last);
    expect(last.output).not.toMatch(/created|streaming_replica|cnpg_/);
  });

  test('to a standby that knew nothing of the last run has all of it after the next', async (context) => {
    const pair = await startStreaming(context);
    const operators = await operatorsOwn(pair.primary);
    await pair.standby.stop();
    isWell(await runJob(pair.manifests, pair.primary.port, PLAIN));
    await pair.primary.kill();
    await pair.standby.start();
    await pair.standby.promote();
    isWell(await runJob(pair.manifests, pair.standby.port, PLAIN));
    await isAsDeclared(pair, operators);
    // Whom no line of ours admits, the operator's last one does not either.
    await pair.standby.asAdmin((client) => client.query("CREATE ROLE stray LOGIN PASSWORD 'stray'"));
    const stray = { host: '127.0.0.1', port: pair.standby.port, user: 'stray', password: 'stray', database: 'template1' };
    await expect(withClient(stray, () => Promise.resolve())).rejects.toThrow('pg_hba.conf rejects connection');
  });
});
