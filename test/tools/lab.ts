import { join } from 'node:path';
import pg from 'pg';
import { inject, type TestContext } from 'vitest';
import { parseDocument } from 'yaml';
import { handOver } from '../../generator/laptop/identity.ts';
import { deploy, type Deployment, type DeploymentInput } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { runHelmTest, runJob, type JobResult } from './job.ts';
import { ADMIN_SECRET, dataOf, keepSecrets, pick, secretList, type Manifest } from './manifests.ts';
import type { PostgresMajor } from './postgres-binaries.ts';
import { runProgram } from './program.ts';
import type { Result } from './run.ts';
import { cloneServer, startServer, withClient, type Server } from './server.ts';

/** A deployment on a live server, for tests in which a service does what it should not, and the values change. */
export interface Lab {
  readonly server: Server;
  manifests(): Manifest[];
  /** Adds objects that the chart does not make. */
  bring(...objects: readonly Manifest[]): void;
  /** Changes values.yaml and the schema files; Secrets that are there stay. */
  change(input: DeploymentInput): Promise<void>;
  job(environment?: Record<string, string>): Promise<JobResult>;
  helmTest(environment?: Record<string, string>): Promise<JobResult>;
  /** One of the commands for a live server, by what the values say now; report hears of the Secrets when it is told to. */
  command(
    name: 'plan' | 'apply' | 'verify' | 'report' | 'backup' | 'restore' | 'import' | 'baseline',
    ...args: string[]
  ): Promise<Result>;
  admin<Row extends object>(sql: string, database?: string): Promise<Row[]>;
  /** A session of the admin that stays open. */
  adminSession(): Promise<pg.Client>;
  /** How a connection Secret logs in. */
  login(secret: string): pg.ClientConfig;
  /** Runs SQL as the login of a connection Secret. */
  as(secret: string, sql: string, changes?: pg.ClientConfig): Promise<object[]>;
  /** A session that stays open and waits for ever, as an attacker's does. */
  hold(secret: string): Promise<pg.Client>;
}

export function startLab(major: PostgresMajor, input: DeploymentInput): Promise<Lab> {
  return startLabBy({ major, bin: inject('postgres')[major] }, input);
}

/** A major with the folder of its server. */
export interface ServerOf {
  readonly major: number;
  readonly bin: string;
}

/** The same on any major. */
export async function startLabBy({ major, bin }: ServerOf, input: DeploymentInput): Promise<Lab> {
  const deployment = await deployOn(major, input);
  return labOf(major, deployment, await startServer(bin, deployment.manifests));
}

/** The lab, whose server ends with a test. */
export function endWith({ onTestFinished }: TestContext, lab: Lab): Lab {
  onTestFinished(() => lab.server.end());
  return lab;
}

interface Provisioned {
  readonly deployment: Deployment;
  /** The data of a server that is stopped. */
  readonly data: string;
}

const provisioned = new Map<string, Promise<Provisioned>>();

/** A lab after the Job's first run, which ended well: that run is made once for all labs of a test file that begin alike. */
export async function startProvisionedLab(major: PostgresMajor, input: DeploymentInput): Promise<Lab> {
  const key = JSON.stringify([major, input]);
  const beginning = provisioned.get(key) ?? provision(major, input);
  provisioned.set(key, beginning);
  const { deployment, data } = await beginning;
  return labOf(major, deployment, await cloneServer(inject('postgres')[major], data, deployment.manifests));
}

/** The same on 15, whose dump programs are at hand, until the end of a test, and the folder that is the volume of its backups. */
export async function startBackedUpLab(
  context: TestContext,
  input: DeploymentInput,
  major: PostgresMajor = 15,
): Promise<{ lab: Lab; folder: string }> {
  const lab = endWith(context, await startProvisionedLab(major, input));
  const folder = temporaryFolder();
  handOver(folder);
  return { lab, folder };
}

/** What follows makes its own, as the data ends with the file of tests. */
export function forgetProvisioned(): void {
  provisioned.clear();
}

async function provision(major: PostgresMajor, input: DeploymentInput): Promise<Provisioned> {
  const deployment = await deployOn(major, input);
  const server = await startServer(inject('postgres')[major], deployment.manifests);
  const { code, output } = await runJob(deployment.manifests, server.port);
  if (code !== 0) throw new Error(`the first run of the Job exited with ${code}:\n${output}`);
  await server.stop();
  return { deployment, data: server.data };
}

/** The commands read values.yaml alone, so the major stands there. */
function valuesFor(major: number, { values }: DeploymentInput): string {
  const document = parseDocument(values);
  document.setIn(['postgresql', 'version'], String(major));
  return document.toString();
}

/** A deployment as labs have it, for whoever changes what was rendered. */
export function deployOn(major: number, input: DeploymentInput): Promise<Deployment> {
  // The generator holds them against the contract, and test/helm has both Helms do it: that is nearly half of a rendering.
  const args = [...(input.args ?? []), '--skip-schema-validation'];
  return deploy({ ...input, args, values: valuesFor(major, input) });
}

function labOf(major: number, { manifests, chart }: Deployment, server: Server): Lab {
  let brought: Manifest[] = [];
  const login = (secret: string): pg.ClientConfig => {
    const { user, password, database } = dataOf(pick(manifests, 'Secret', secret));
    return { host: '127.0.0.1', port: server.port, user, password, database };
  };
  return {
    server,
    manifests: () => manifests,
    bring: (...objects) => {
      brought = [...brought, ...objects];
      manifests = [...manifests, ...objects];
    },
    change: async (changed) => {
      const deployed = await deployOn(major, changed);
      manifests = [...keepSecrets(deployed.manifests, manifests), ...brought];
      chart = deployed.chart;
    },
    job: (environment) => runJob(manifests, server.port, environment),
    helmTest: (environment) => runHelmTest(manifests, server.port, environment),
    command: (name, ...words) => {
      const values = name === 'import' ? [] : ['--values', join(chart, '../values.yaml')];
      const secrets = ['plan', 'report', 'import', 'baseline'].includes(name) ? [] : ['--secrets', '-'];
      const command = [name, ...values, ...secrets, ...words];
      const env = { ...process.env, ...adminEnvironment(manifests, server.port) };
      return runProgram(command, { env, input: secretList(manifests) });
    },
    admin: <Row extends object>(sql: string, database?: string) =>
      server.asAdmin(async (client) => (await client.query<Row>(sql)).rows, database),
    adminSession: async () => {
      const { PGHOST: host, PGUSER: user, PGPASSWORD: password } = adminEnvironment(manifests, server.port);
      const client = new pg.Client({ host, port: server.port, user, password, database: 'postgres' });
      await client.connect();
      return client;
    },
    login,
    as: (secret, sql, changes = {}) =>
      withClient({ ...login(secret), ...changes }, async (client) => {
        // Several statements give a result each.
        const results: pg.QueryResult<object> | pg.QueryResult<object>[] = await client.query<object>(sql);
        return [results].flat().at(-1)?.rows ?? [];
      }),
    hold: async (secret) => {
      const client = new pg.Client(login(secret));
      client.on('error', () => undefined);
      await client.connect();
      await client.query('SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0');
      return client;
    },
  };
}

function adminEnvironment(manifests: readonly Manifest[], port: number): Record<string, string> {
  const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
  return { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: password };
}
