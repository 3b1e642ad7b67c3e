import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { DeploymentInput } from './deployment.ts';
import { deployOn } from './lab.ts';
import { listAt, pick, textsAt, type Manifest } from './manifests.ts';
import { cloneServer, startServer, type Server } from './server.ts';

/*
 * Two servers in the operator's place: a primary and a standby that streams from it, with the settings and lines of the rendered Cluster among those that
 * the operator writes (test/operators/ has them from its own code), and the roles and the function that its instance manager makes.
 */
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

export interface Pair {
  readonly manifests: readonly Manifest[];
  readonly primary: Server;
  readonly standby: Server;
  end(): Promise<unknown>;
}

/** Values name the engine. */
export async function startPair(input: DeploymentInput): Promise<Pair> {
  const bin = inject('postgres')[18];
  const deployed = await deployOn(18, input);
  const manifests = [...deployed.manifests, AUTHORITY];
  const configured = [...manifests, configOf(manifests), POD];
  const primary = await startServer(bin, configured);
  await primary.asAdmin((client) => client.query(OPERATORS_OWN));
  await primary.stop();
  const source = `host=127.0.0.1 port=${primary.port} user=streaming_replica password=${REPLICATION_PASSWORD}`;
  const args = ['-c', `primary_conninfo=${source}`];
  const standby = await cloneServer(bin, primary.data, configured, { standby: true, args });
  await primary.start();
  const end = (): Promise<unknown> => Promise.all([primary.end(), standby.end()]);
  return { manifests, primary, standby, end };
}

/** How many standbys stream from it. */
export const receivers = (server: Server): Promise<number> =>
  server.asAdmin(async (client) => (await client.query('SELECT FROM pg_stat_replication')).rowCount ?? 0);

export const failOver = async ({ primary, standby }: Pick<Pair, 'primary' | 'standby'>): Promise<void> => {
  await primary.kill();
  await standby.promote();
};
