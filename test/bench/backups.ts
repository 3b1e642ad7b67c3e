import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { handOver } from '../../generator/laptop/identity.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runBackup, runJob, runRestore, startArchive, type JobResult } from '../tools/job.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { runOk } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';
import type { Row } from './bench.ts';
import { seconds } from './chart.ts';

/** Rows of the one service that is restored; the others have a hundredth of them. */
const ROWS = 1_000_000;

/** More services are not brought back at once to a point in time: it takes seconds for each. */
const MOST_AT_A_TIME = 10;

/** Services that the backup dumps at once. */
const AT_ONCE = 4;

/** A night's backups and rehearsals against bare pg_dump of the same, and one service's restore against bare pg_restore, on PostgreSQL 15. */
export async function measureBackups(services: number, bin: string): Promise<Row[]> {
  const deployment = await deployMany(services);
  const server = await startServer(bin, deployment.manifests);
  try {
    return await measureOn({ deployment, server, services, folder: ownFolder() });
  } finally {
    await server.end();
  }
}

interface Ground {
  readonly deployment: Deployment;
  readonly server: Server;
  readonly services: number;
  /** Where the backups go. */
  readonly folder: string;
}

async function measureOn(ground: Ground): Promise<Row[]> {
  const { services, server, folder } = ground;
  const { manifests } = ground.deployment;
  timeOf(await runJob(manifests, server.port));
  const bareDump = await timed(() => dumpBare(ground));
  const backup = timeOf(await runBackup(manifests, server.port, folder, { script: 'backup.sh' }));
  const rehearsal = timeOf(await runBackup(manifests, server.port, folder, { script: 'rehearse.sh' }));
  const bareRestore = await timed(() => restoreBare(ground));
  const restore = timeOf(await runRestore(manifests, server.port, folder, { SERVICES: nameOf(0) }));
  const ratio = (what: string, ours: number, bare: number, goal: number): Row => ({
    services,
    what: `${what} (bare ${seconds(bare)})`,
    result: (ours / bare).toFixed(2),
    goal: String(goal),
    met: ours / bare <= goal,
  });
  return [
    ratio('backup of all / bare pg_dump', backup, bareDump, 1.3),
    { services, what: 'rehearsal of all', result: seconds(rehearsal), goal: '' },
    ratio(`restore of one with ${ROWS} rows / bare pg_restore`, restore, bareRestore, 1.2),
    ...(services <= MOST_AT_A_TIME ? await measurePointInTime(ground) : []),
  ];
}

/** One service as it was a moment ago, and all of them: each time the server of that time is recovered. */
async function measurePointInTime({ services, server, folder, deployment: { manifests } }: Ground): Promise<Row[]> {
  const archive = startArchive(manifests, server.port, folder);
  try {
    const base = timeOf(await runBackup(manifests, server.port, folder, { script: 'base.sh' }));
    await sleep(2000);
    const AT = new Date(Date.now() - 500).toISOString();
    await sleep(1000);
    const one = timeOf(await runRestore(manifests, server.port, folder, { SERVICES: nameOf(1), AT }));
    const all = timeOf(await runRestore(manifests, server.port, folder, { SERVICES: '*', AT }));
    return [
      { services, what: 'base backup', result: seconds(base), goal: '' },
      { services, what: 'point in time of one service', result: seconds(one), goal: '' },
      { services, what: 'point in time of all services', result: seconds(all), goal: '' },
    ];
  } finally {
    archive.stop();
  }
}

const nameOf = (number: number): string => `svc-${String(number).padStart(4, '0')}`;

function deployMany(services: number): Promise<Deployment> {
  const names = Array.from({ length: services }, (_, number) => nameOf(number));
  const schemaFile = (number: number): string =>
    `CREATE TABLE event (id bigint PRIMARY KEY, at timestamptz NOT NULL, text text NOT NULL);
INSERT INTO event SELECT i, now(), md5(i::text) FROM generate_series(1, ${number === 0 ? ROWS : ROWS / 100}) AS i;
CREATE INDEX ON event (text);
`;
  return deploy({
    values: `postgresql: { version: '15', settings: { shared_buffers: 256MB } }
resources: { limits: { memory: 4Gi } }
persistence: { size: 20Gi }
backup: { schedule: '@daily', pointInTime: { enabled: true } }
services:
${names.map((name) => `  ${name}: { connectionLimit: 3 }\n`).join('')}`,
    files: Object.fromEntries(names.map((name, number) => [`schema/databases/${name}/001_events.sql`, schemaFile(number)])),
  });
}

function ownFolder(): string {
  const folder = temporaryFolder();
  handOver(folder);
  return folder;
}

/** What a person would type for each service, as many at once. */
async function dumpBare(ground: Ground): Promise<void> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'dumps'));
  await pLimit(AT_ONCE).map(Array.from({ length: ground.services }).keys(), (number) =>
    runOk('pg_dump', ['--format=directory', `--file=${join(folder, 'dumps', nameOf(number))}`], { env: loginOf(ground, number) }),
  );
}

async function restoreBare(ground: Ground): Promise<void> {
  const [time = ''] = readdirSync(join(ground.folder, nameOf(0))).filter((name) => name.endsWith('Z'));
  const env = loginOf(ground, 0);
  await ground.server.asAdmin(async (client) => {
    await client.query(`CREATE DATABASE bare TEMPLATE template0; `);
    await client.query(`CREATE ROLE bare; `);
    await client.query(`GRANT bare TO ${String(env['PGUSER'])}; `);
    await client.query(`GRANT CREATE ON DATABASE bare TO ${String(env['PGUSER'])}`);
  });
  await ground.server.asAdmin((client) => client.query(`ALTER SCHEMA public OWNER TO ${String(env['PGUSER'])}`), 'bare');
  const dump = join(ground.folder, nameOf(0), time, 'dump');
  await runOk('pg_restore', ['--no-owner', '--exit-on-error', '--jobs=2', '--dbname=bare', dump], { env });
}

function loginOf({ deployment, server }: Ground, number: number): Record<string, string | undefined> {
  const { user, password, database } = dataOf(pick(deployment.manifests, 'Secret', `${nameOf(number)}-db-secret`));
  return {
    PATH: process.env['PATH'],
    PGHOST: '127.0.0.1',
    PGPORT: String(server.port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGOPTIONS: '-c statement_timeout=0',
  };
}

function timeOf({ code, output, seconds: time }: JobResult): number {
  if (code !== 0) throw new Error(`it exited with ${code}:\n${output.slice(-2000)}`);
  return time;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}
