import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { markdownTable } from 'markdown-table';
import { fetchHelm } from '../tools/helm.ts';
import { keepSecrets, type Manifest } from '../tools/manifests.ts';
import { fetchPostgres, fetchPsql } from '../tools/postgres-binaries.ts';
import { runOk } from '../tools/run.ts';
import type { Server } from '../tools/server.ts';
import { addService, writeInput, type Input } from './input.ts';
import { measureRecovery, render, runCommand, timed, timedJob, withServer } from './provisioning.ts';

/**
 * What a server of so many databases takes, on PostgreSQL 18 and Linux: `npm run bench:capacity -- 100 1000`. 5,000 databases need some
 * 45 GB of disk and most of an hour. docs/capacity.md has what came of it.
 */
const SIZES = [100, 1000, 5000];

/** Databases that are looked at one by one. */
const SAMPLE = 20;

/** Seconds for which a server at rest is watched: as long as its launcher takes to look at every database once. */
const REST = 60;

const MIB = 1024 * 1024;

type Figures = Readonly<Record<string, string>>;

interface Ground {
  readonly input: Input;
  readonly manifests: Manifest[];
  readonly server: Server;
}

async function measure(services: number, bin: string): Promise<Figures> {
  const input = writeInput(services);
  const manifests = await render(input);
  return withServer(bin, manifests, async (server) => {
    const ground = { input, manifests, server };
    return {
      ...(await measureMaking(ground)),
      ...(await measureSessions(ground)),
      ...(await measureRest(ground)),
      ...(await measureRuns(ground)),
      ...(await measureVacuum(ground)),
      'ready after kill -9': seconds(await measureRecovery(server)),
    };
  });
}

async function measureMaking({ input: { services }, manifests, server }: Ground): Promise<Figures> {
  const before = await ask(server, 'SELECT pg_current_wal_lsn() - $1::pg_lsn', '0/0');
  const idle = processorTime(server);
  const time = await timedJob(manifests, server);
  const processor = processorTime(server) - idle;
  const wal = (await ask(server, 'SELECT pg_current_wal_lsn() - $1::pg_lsn', '0/0')) - before;
  const checkpoint = await timed(() => server.asAdmin((client) => client.query('CHECKPOINT')));
  const bytes = Number((await runOk('du', ['-s', '-B1', '--exclude=pg_wal', server.data])).split('\t')[0]);
  const files = Number(await runOk('sh', ['-c', 'find "$0" -type f | wc -l', server.data]));
  const shared = await ask(
    server,
    'SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relisshared AND relkind = $1',
    'r',
  );
  return {
    'provisioning from empty, for each': milliseconds(time / services),
    'processor time of the server for that': milliseconds(processor / services),
    'log of changes written, for each': mebibytes(wal / services),
    'checkpoint afterwards': seconds(checkpoint),
    'disk without the log of changes, for each': mebibytes(bytes / services),
    files: files.toLocaleString('en'),
    'catalogs that all databases share': mebibytes(shared),
  };
}

/** Whether a session is the first in its database since the server started matters: PostgreSQL writes a file of what it read of the catalogs. */
async function measureSessions({ input: { services }, server }: Ground): Promise<Figures> {
  await server.stop();
  await server.start();
  const first: number[] = [];
  const second: number[] = [];
  let memory = 0;
  for (const database of sample(services)) {
    first.push(await timed(() => server.asAdmin((client) => client.query('SELECT 1'), database)));
    second.push(await timed(() => server.asAdmin((client) => client.query('SELECT 1'), database)));
    memory += await server.asAdmin(async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid FROM pg_class, pg_attribute LIMIT 1');
      return privateOf(rows[0]?.pid ?? 0);
    }, database);
  }
  return {
    'first session in a database': milliseconds(median(first)),
    'a further session': milliseconds(median(second)),
    'private memory of an idle session': mebibytes(memory / SAMPLE),
  };
}

/** What the server does when nobody asks for anything. */
async function measureRest({ server }: Ground): Promise<Figures> {
  const before = processorTime(server);
  await sleep(REST * 1000);
  const used = processorTime(server) - before;
  const memory = processesOf(server).reduce((sum, pid) => sum + privateOf(pid), 0);
  const segment = await ask(server, 'SELECT setting::bigint FROM pg_settings WHERE name = $1', 'shared_memory_size');
  return {
    'processor at rest, of one core': `${((100 * used) / REST).toFixed(1)} %`,
    'private memory of its own processes': mebibytes(memory),
    'shared memory': mebibytes(segment * MIB),
  };
}

async function measureRuns({ input, manifests, server }: Ground): Promise<Figures> {
  const nothing = await timedJob(manifests, server);
  const plan = await timed(() => runCommand('plan', [], input, manifests, server));
  addService(input);
  const more = await timedJob(keepSecrets(await render(input), manifests), server);
  return { 'Job, nothing to do': seconds(nothing), 'plan, nothing to do': seconds(plan), 'Job, one more': seconds(more) };
}

/** What autovacuum does in every database before its transaction numbers run out, whatever happens in it. */
async function measureVacuum({ input: { services }, server }: Ground): Promise<Figures> {
  const times: number[] = [];
  for (const database of sample(services))
    times.push(await timed(() => server.asAdmin((client) => client.query('VACUUM (FREEZE)'), database)));
  return { 'VACUUM (FREEZE) of a database': milliseconds(median(times)) };
}

async function ask(server: Server, query: string, value: string): Promise<number> {
  const { rows } = await server.asAdmin((client) => client.query<unknown[]>({ text: query, values: [value], rowMode: 'array' }));
  return Number(rows[0]?.[0]);
}

/** Databases from the first to the last one. */
function sample(services: number): string[] {
  const numbers = Array.from({ length: SAMPLE }, (_, index) => Math.floor((index * services) / SAMPLE));
  return numbers.map((number) => `svc_${String(number).padStart(4, '0')}db`);
}

/** The server's own process and those that it started and that still run. */
function processesOf(server: Server): number[] {
  const own = Number(readFileSync(join(server.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const isChild = (pid: number): boolean => statOf(pid)[1] === String(own);
  return [
    own,
    ...readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter(isChild),
  ];
}

/** What follows the name in /proc/<pid>/stat: state, parent and so on (proc(5)); nothing of a process that has ended. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}

/** Seconds of a core that its processes used, those that have ended included. Linux counts in hundredths. */
function processorTime(server: Server): number {
  const ticks = (pid: number, [from, to]: readonly [number, number]): number =>
    statOf(pid)
      .slice(from, to)
      .reduce((sum, field) => sum + Number(field), 0);
  const [own = 0, ...children] = processesOf(server);
  return (ticks(own, [11, 15]) + children.reduce((sum, pid) => sum + ticks(pid, [11, 13]), 0)) / 100;
}

/** Bytes that no other process has (proc(5), smaps_rollup); none for a process that has ended. */
function privateOf(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return [...rollup.matchAll(/^Private_\w+: +(\d+) kB$/gm)].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0);
  } catch {
    return 0;
  }
}

const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
const seconds = (time: number): string => `${time.toFixed(1)} s`;
const milliseconds = (time: number): string => `${(1000 * time).toFixed(0)} ms`;
const mebibytes = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

const named = process.argv.slice(2).map(Number);
const sizes = named.length > 0 ? named : SIZES;
await Promise.all([fetchHelm(4), fetchPsql()]);
const { 18: bin } = await fetchPostgres();
const columns: Figures[] = [];
for (const size of sizes) {
  columns.push(await measure(size, bin));
  console.error(`measured ${size} databases`);
}
const lines = Object.keys(columns[0] ?? {}).map((what) => [what, ...columns.map((figures) => figures[what] ?? '')]);
console.log(markdownTable([['databases', ...sizes.map(String)], ...lines], { align: ['l', ...sizes.map(() => 'r')] }));
