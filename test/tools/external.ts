import { join } from 'node:path';
import { deploy, type Deployment, type DeploymentInput } from './deployment.ts';
import { runHelmTest, runJob, type JobResult } from './job.ts';
import { keepSecrets, pick, secretList, type Manifest } from './manifests.ts';
import { runProgram } from './program.ts';
import type { Result } from './run.ts';
import { startServer, withClient, type Server } from './server.ts';

/** A server as a provider runs it, and a deployment that provisions it by an admin who is no superuser. */
export interface ExternalLab {
  readonly server: Server;
  manifests(): readonly Manifest[];
  change(input: DeploymentInput): Promise<void>;
  job(environment?: Record<string, string>): Promise<JobResult>;
  helmTest(): Promise<JobResult>;
  /** A command of a laptop, to which the server is named as the admin's. */
  command(name: 'plan' | 'apply' | 'verify', ...words: string[]): Promise<Result>;
  /** SQL of the provider, who is the superuser. */
  provider<Row extends object>(sql: string, database?: string): Promise<Row[]>;
  /** SQL of the admin. */
  admin<Row extends object>(sql: string, database?: string): Promise<Row[]>;
}

export const ADMIN = { user: 'platform_admin', password: 'admin:pass\\word', database: 'platform' } as const;

/** The provider's own files: everybody comes in by a password, and what is logged nobody else says. */
const CONFIG = {
  'postgresql.conf': "max_connections = 60\npassword_encryption = 'scram-sha-256'\nlog_statement = 'ddl'\n",
  'pg_hba.conf': 'host all all all scram-sha-256\n',
};

/** A pod's manifests with these files in the place of ours: what a server of the tests is started by. */
async function providerManifests(): Promise<Manifest[]> {
  const { manifests } = await deploy({ values: 'tls: { mode: off }\nservices: {}\n' });
  const config = pick(manifests, 'ConfigMap', /-config$/);
  return manifests.map((manifest) => (manifest === config ? { ...manifest, data: CONFIG } : manifest));
}

/** Where it is, as the admin. */
export const urlOfExternal = ({ server }: Pick<ExternalLab, 'server'>): string =>
  `postgresql://${ADMIN.user}:${encodeURIComponent(ADMIN.password)}@127.0.0.1:${server.port}`;

/** What values.yaml says of such a server; the rest is the test's. */
export const EXTERNAL = `engine: { kind: external, external: { host: db.example.org, user: ${ADMIN.user}, database: ${ADMIN.database}, tls: { mode: off } } }
auth: { admin: { existingSecret: provider-admin } }
`;

/** Takes the folder of a server's programs, so that it may be of any major. */
export async function startExternalLab(bin: string, input: DeploymentInput): Promise<ExternalLab> {
  let { manifests, chart } = await deployExternal(input);
  const server = await startServer(bin, await providerManifests());
  const provider: ExternalLab['provider'] = <Row extends object>(sql: string, database?: string) =>
    server.asAdmin(async (client) => (await client.query<Row>(sql)).rows, database);
  await provider(`CREATE ROLE ${ADMIN.user} LOGIN CREATEDB CREATEROLE PASSWORD '${ADMIN.password}'`);
  await provider(`CREATE DATABASE ${ADMIN.database} OWNER ${ADMIN.user}`);
  return {
    server,
    provider,
    manifests: () => manifests,
    change: async (changed) => {
      const deployed = await deployExternal(changed);
      manifests = keepSecrets(deployed.manifests, manifests);
      chart = deployed.chart;
    },
    job: (environment) => runJob(manifests, server.port, environment),
    helmTest: () => runHelmTest(manifests, server.port),
    command: (name, ...words) => {
      const secrets = name === 'plan' ? [] : ['--secrets', '-'];
      const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(server.port), PGPASSWORD: ADMIN.password };
      const command = [name, '--values', join(chart, '../values.yaml'), ...secrets, ...words];
      return runProgram(command, { env, input: secretList(manifests) });
    },
    admin: <Row extends object>(sql: string, database: string = ADMIN.database) =>
      withClient(
        { host: '127.0.0.1', port: server.port, user: ADMIN.user, password: ADMIN.password, database },
        async (client) => (await client.query<Row>(sql)).rows,
      ),
  };
}

async function deployExternal(input: DeploymentInput): Promise<Deployment> {
  const deployment = await deploy({ ...input, values: EXTERNAL + input.values });
  return { ...deployment, manifests: [...deployment.manifests, secretOf('provider-admin', ADMIN.password)] };
}

function secretOf(name: string, password: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
    data: { password: Buffer.from(password).toString('base64') },
  };
}
