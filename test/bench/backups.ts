import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { handOver } from '../../generator/laptop/identity.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runBackup, runJob, runRestore, startArchive, type JobResult } from '../tools/job.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { runOk } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';
import type { Row } from './bench.ts';
import { seconds } from './chart.ts';
import { processorSeconds } from './processor.ts';

/** Rows of the one service that is restored; the others have a hundredth of them. */
const ROWS = 1_000_000;

/** More services are not rehearsed, or brought back at once to a point in time: it takes seconds for each. */
const MOST_AT_A_TIME = 10;

/** How often ours and the bare program run in turn: what else runs on the machine is alike for both then. Autovacuum would see to one while the other runs. */
const ROUNDS = 3;

/** Services that the backup dumps at once. */
const AT_ONCE = 4;

/** A night's backups and rehearsals against bare pg_dump of the same, and one service's restore against bare pg_restore, on PostgreSQL 15. */
export async function measureBackups(services: number, bin: string): Promise<Row[]> {
  const deployment = await deployMany(services);
  const server = await startServer(bin, deployment.manifests);
  try {
    return await measureOn({ deployment, server, services, folder: ownFolder(), bin });
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
  /** The programs of PostgreSQL. */
  readonly bin: string;
}

async function measureOn(ground: Ground): Promise<Row[]> {
  const { services, server, folder } = ground;
  const { manifests } = ground.deployment;
  timeOf(await runJob(manifests, server.port));
  const dumps = await inTurn(
    server,
    () => timed(() => dumpBare(ground)),
    async () => timeOf(await runBackup(manifests, server.port, folder, { script: 'backup.sh' })),
  );
  const isFew = services <= MOST_AT_A_TIME;
  const rehearse = async (): Promise<number> =>
    timeOf(await runBackup(manifests, server.port, folder, { script: 'rehearse.sh' }));
  const rehearsals = isFew ? [{ services, what: 'rehearsal of all', result: seconds(await rehearse()), goal: '' }] : [];
  const restores = await inTurn(
    server,
    (round) => timed(() => restoreBare(ground, `bare${round}`)),
    async () => timeOf(await runRestore(manifests, server.port, folder, { SERVICES: nameOf(0) })),
  );
  const proof = await measureProof(ground);
  const ratio = (what: string, { bare, ours, all, processor }: Compared, goal: number): Row => ({
    services,
    what: `${what} (${seconds(ours)}, bare ${seconds(bare)}; each round ${all}; of processor time ${processor})`,
    result: (ours / bare).toFixed(2),
    goal: String(goal),
    met: ours / bare <= goal,
  });
  return [
    ratio('backup of all / bare pg_dump', dumps, 1.3),
    ...rehearsals,
    ratio(`restore of one with ${ROWS} rows / bare pg_restore`, restores, 1.2),
    { services, what: 'of that restore, what counts and hashes the rows', result: seconds(proof), goal: '' },
    ...(await measurePointInTime(ground, isFew)),
  ];
}

interface Compared {
  readonly bare: number;
  readonly ours: number;
  /** The ratio of each round. */
  readonly all: string;
  /** The ratio of processor time, in all rounds. */
  readonly processor: string;
}

/** What one took by the clock, and of the processor. */
interface Took {
  readonly clock: number;
  readonly processor: number;
}

/** The means of both over all rounds, which run in turn. */
async function inTurn(server: Server, bare: (round: number) => Promise<number>, ours: () => Promise<number>): Promise<Compared> {
  const measured = async (run: () => Promise<number>): Promise<Took> => {
    const before = processorSeconds(server);
    return { clock: await run(), processor: processorSeconds(server) - before };
  };
  const rounds: { bare: Took; ours: Took }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const both = { bare: await measured(() => bare(round)), ours: await measured(ours) };
    rounds.push(both);
    console.error(`bare ${tell(both.bare)}, ours ${tell(both.ours)}`);
  }
  const mean = (each: 'bare' | 'ours', of: keyof Took): number =>
    rounds.reduce((total, round) => total + round[each][of], 0) / ROUNDS;
  return {
    bare: mean('bare', 'clock'),
    ours: mean('ours', 'clock'),
    all: rounds.map((round) => (round.ours.clock / round.bare.clock).toFixed(2)).join(', '),
    processor: (mean('ours', 'processor') / mean('bare', 'processor')).toFixed(2),
  };
}

const tell = ({ clock, processor }: Took): string => `${seconds(clock)} (${seconds(processor)} of the processor)`;

/** What bare pg_restore does not do: the same query that compares what was restored. */
async function measureProof(ground: Ground): Promise<number> {
  const script = join(PROJECT, 'chart/backup/contents.psql');
  return timed(() => runOk('psql', ['--no-psqlrc', '-qAt', `--file=${script}`], { env: loginOf(ground, 0) }));
}

/** One service as it was a moment ago, and all of them: each time the server of that time is recovered. */
async function measurePointInTime(
  { services, server, folder, deployment: { manifests } }: Ground,
  isFew: boolean,
): Promise<Row[]> {
  const archive = startArchive(manifests, server.port, folder);
  try {
    const base = timeOf(await runBackup(manifests, server.port, folder, { script: 'base.sh' }));
    await sleep(2000);
    const AT = new Date(Date.now() - 500).toISOString();
    await sleep(1000);
    const one = timeOf(await runRestore(manifests, server.port, folder, { SERVICES: nameOf(1), AT }));
    const rows = [
      { services, what: 'base backup', result: seconds(base), goal: '' },
      { services, what: 'point in time of one service', result: seconds(one), goal: '' },
    ];
    if (!isFew) return rows;
    const all = timeOf(await runRestore(manifests, server.port, folder, { SERVICES: '*', AT }));
    return [...rows, { services, what: 'point in time of all services', result: seconds(all), goal: '' }];
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
    values: `postgresql: { version: '15', settings: { shared_buffers: 256MB, autovacuum: off } }
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

/** As PostgreSQL's manual has it: a database, pg_restore, and then ANALYZE, without which no plan is good. */
async function restoreBare(ground: Ground, name: string): Promise<void> {
  const [time = ''] = readdirSync(join(ground.folder, nameOf(0))).filter((each) => each.endsWith('Z'));
  const env = loginOf(ground, 0);
  const user = String(env['PGUSER']);
  await ground.server.asAdmin(async (client) => {
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    await client.query(`CREATE ROLE ${name}`);
    await client.query(`GRANT ${name} TO ${user}`);
    await client.query(`GRANT CREATE ON DATABASE ${name} TO ${user}`);
  });
  await ground.server.asAdmin((client) => client.query(`ALTER SCHEMA public OWNER TO ${user}`), name);
  const dump = join(ground.folder, nameOf(0), time, 'dump');
  await runOk('pg_restore', ['--no-owner', '--exit-on-error', '--jobs=2', `--dbname=${name}`, dump], { env });
  await runOk('vacuumdb', ['--analyze-only', '--quiet', `--dbname=${name}`], { env });
}

function loginOf({ deployment, server, bin }: Ground, number: number): Record<string, string | undefined> {
  const { user, password, database } = dataOf(pick(deployment.manifests, 'Secret', `${nameOf(number)}-db-secret`));
  return {
    // Debian's are wrapped in Perl elsewhere, which ours do not start either.
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
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
