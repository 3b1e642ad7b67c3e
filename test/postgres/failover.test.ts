import { randomBytes } from 'node:crypto';
import { describe, expect, inject, test, type TestContext } from 'vitest';
import type { Deployment } from '../tools/deployment.ts';
import { runHelmTest, runJob, type JobResult } from '../tools/job.ts';
import { deployOn } from '../tools/lab.ts';
import { dataOf, listAt, pick, textsAt, type Manifest } from '../tools/manifests.ts';
import { startProxy } from '../tools/proxy.ts';
import { cloneServer, startServer, withClient, type Server } from '../tools/server.ts';

/*
 * Two servers in the operator's place: a primary and a standby that streams from it, with the settings and lines of the rendered Cluster among those that
 * the operator writes (test/operators/ has them from its own code), and the roles and the function that its instance manager makes.
 */
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
const REPLICATION_PASSWORD = randomBytes(12).toString('hex');

const OPERATORS_OWN = `
CREATE ROLE streaming_replica LOGIN REPLICATION PASSWORD '${REPLICATION_PASSWORD}';
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text, boolean, boolean) TO streaming_replica;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) TO streaming_replica;
CREATE ROLE cnpg_metrics_exporter LOGIN PASSWORD NULL;
GRANT pg_monitor TO cnpg_metrics_exporter;
CREATE ROLE cnpg_pooler_pgbouncer LOGIN;
GRANT CONNECT ON DATABASE postgres TO cnpg_pooler_pgbouncer;
CREATE FUNCTION public.user_search(uname text) RETURNS TABLE (usename name, passwd text)
  AS 'SELECT usename, passwd FROM pg_catalog.pg_shadow WHERE usename=$1;' LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION public.user_search(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.user_search(text) TO cnpg_pooler_pgbouncer;
`;

/** What the operator made of all that, in words that stay the same as long as nothing changes. */
const STATE = `SELECT rolname, rolcanlogin, rolreplication, rolconnlimit,
  has_database_privilege(rolname, 'postgres', 'CONNECT') AS connects, pg_has_role(rolname, 'pg_monitor', 'member') AS monitors
FROM pg_roles WHERE rolname ~ '^(streaming_replica|cnpg_)' ORDER BY 1`;

/** A server's pod without certificates, for whoever starts one here. */
const POD: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'of-the-operator', labels: { 'app.kubernetes.io/component': 'server' } },
  spec: { template: { spec: { containers: [{ args: [] }], volumes: [] } } },
};

/** The operator's authority, of which nobody asks here. */
const AUTHORITY: Manifest = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'shared-postgresql-db-ca', namespace: 'default' },
  data: { 'ca.crt': Buffer.from('none').toString('base64') },
};

/** The files that the operator would write, as a ConfigMap of the pod's. */
function configOf(manifests: readonly Manifest[]): Manifest {
  const cluster = pick(manifests, 'Cluster');
  const settings = Object.entries(textsAt(cluster, 'spec', 'postgresql', 'parameters')).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  const hba = [
    'local all all scram-sha-256',
    'host replication streaming_replica 127.0.0.1/32 scram-sha-256',
    ...listAt(cluster, 'spec', 'postgresql', 'pg_hba').map(String),
    'host all all all scram-sha-256',
  ];
  const data = { 'postgresql.conf': `${settings.join('\n')}\n`, 'pg_hba.conf': `${hba.join('\n')}\n` };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'of-the-operator-config' }, data };
}

interface Pair {
  readonly manifests: readonly Manifest[];
  readonly primary: Server;
  readonly standby: Server;
}

async function startPair(context: TestContext): Promise<Pair> {
  const bin = inject('postgres')[18];
  const deployed: Deployment = await deployOn(18, INPUT);
  const manifests = [...deployed.manifests, AUTHORITY];
  const configured = [...manifests, configOf(manifests), POD];
  const primary = await startServer(bin, configured);
  context.onTestFinished(() => primary.end());
  await primary.asAdmin((client) => client.query(OPERATORS_OWN));
  await primary.stop();
  const source = `host=127.0.0.1 port=${primary.port} user=streaming_replica password=${REPLICATION_PASSWORD}`;
  const args = ['-c', `primary_conninfo=${source}`];
  const standby = await cloneServer(bin, primary.data, configured, { standby: true, args });
  context.onTestFinished(() => standby.end());
  await primary.start();
  await expect.poll(() => receivers(primary), { timeout: 60_000 }).toBe(1);
  return { manifests, primary, standby };
}

const receivers = (server: Server): Promise<number> =>
  server.asAdmin(async (client) => (await client.query('SELECT FROM pg_stat_replication')).rowCount ?? 0);

const failOver = async ({ primary, standby }: Pair): Promise<void> => {
  await primary.kill();
  await standby.promote();
};

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
    const pair = await startPair(context);
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
    const pair = await startPair(context);
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
