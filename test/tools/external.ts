import { join } from 'node:path';
import { deploy, type Deployment, type DeploymentInput } from './deployment.ts';
import { runHelmTest, runJob, type JobResult } from './job.ts';
import { certificateOf } from './authority.ts';
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
  /** The file of its values. */
  values(): string;
  /** SQL of the provider, who is the superuser. */
  provider<Row extends object>(sql: string, database?: string): Promise<Row[]>;
  /** SQL of the admin. */
  admin<Row extends object>(sql: string, database?: string): Promise<Row[]>;
}

export const ADMIN = { user: 'platform_admin', password: 'admin:pass\\word', database: 'platform' } as const;

/** The provider's own files: everybody comes in by a password, and what is logged nobody else says. */
const CONFIG = {
  'postgresql.conf': "max_connections = 60\nwal_level = logical\npassword_encryption = 'scram-sha-256'\nlog_statement = 'ddl'\n",
  'pg_hba.conf': 'host all all all scram-sha-256\n',
};

/** A pod's manifests with these files in the place of ours: what a server of the tests is started by. */
async function providerManifests(isVerified: boolean): Promise<Manifest[]> {
  const { manifests } = await deploy({ values: `${isVerified ? '' : 'tls: { mode: off }\n'}services: {}\n` });
  const config = pick(manifests, 'ConfigMap', /-config$/);
  return manifests.map((manifest) => (manifest === config ? { ...manifest, data: CONFIG } : manifest));
}

/** Where it is, as the admin. */
export const urlOfExternal = ({ server }: Pick<ExternalLab, 'server'>): string =>
  `postgresql://${ADMIN.user}:${encodeURIComponent(ADMIN.password)}@127.0.0.1:${server.port}`;

const externalAt = (host: string, tls: string): string =>
  `engine: { kind: external, external: { host: ${host}, user: ${ADMIN.user}, database: ${ADMIN.database}, tls: ${tls} } }
auth: { admin: { existingSecret: provider-admin } }
`;

/** What values.yaml says of such a server; the rest is the test's. */
export const EXTERNAL = externalAt('db.example.org', '{ mode: off }');

/** Its name, where it speaks TLS: one that its certificate has. */
export const VERIFIED_HOST = 'shared-postgresql-service.default.svc';

/** The same of a server that is known by its authority. */
export const VERIFIED = externalAt(VERIFIED_HOST, '{ existingSecret: provider-authorities }');

/** Takes the folder of a server's programs, so that it may be of any major. The server speaks no TLS unless its values begin with those of one that is verified. */
export async function startExternalLab(bin: string, input: DeploymentInput, engine = EXTERNAL): Promise<ExternalLab> {
  const isVerified = engine !== EXTERNAL;
  const provided = await providerManifests(isVerified);
  const secrets = [
    secretOf('provider-admin', { password: ADMIN.password }),
    ...(isVerified ? [secretOf('provider-authorities', { 'ca.crt': certificateOf(provided)['ca.crt'] ?? '' })] : []),
  ];
  const deployExternal = async (given: DeploymentInput): Promise<Deployment> => {
    const deployment = await deploy({ ...given, values: engine + given.values });
    return { ...deployment, manifests: [...deployment.manifests, ...secrets] };
  };
  let { manifests, chart } = await deployExternal(input);
  const server = await startServer(bin, provided);
  // Names of others lead nowhere here.
  const here: Record<string, string> = isVerified ? { PGHOST: VERIFIED_HOST, PGHOSTADDR: '127.0.0.1' } : {};
  const ssl = isVerified && { rejectUnauthorized: false };
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
    values: () => join(chart, '../values.yaml'),
    job: (environment) => runJob(manifests, server.port, { ...here, ...environment }),
    helmTest: () => runHelmTest(manifests, server.port, here),
    command: (name, ...words) => {
      const secrets = name === 'plan' ? [] : ['--secrets', '-'];
      const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(server.port), PGPASSWORD: ADMIN.password };
      const command = [name, '--values', join(chart, '../values.yaml'), ...secrets, ...words];
      return runProgram(command, { env, input: secretList(manifests) });
    },
    admin: <Row extends object>(sql: string, database: string = ADMIN.database) =>
      withClient(
        { host: '127.0.0.1', port: server.port, user: ADMIN.user, password: ADMIN.password, database, ssl },
        async (client) => (await client.query<Row>(sql)).rows,
      ),
  };
}

function secretOf(name: string, texts: Record<string, string>): Manifest {
  const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, data: Object.fromEntries(data) };
}
