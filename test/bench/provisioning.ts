import { join } from 'node:path';
import { compareChart } from '../../generator/generate/compare.ts';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { write } from '../../generator/generate/write.ts';
import { PROJECT } from '../tools/folders.ts';
import { template, WITH_PASSWORDS } from '../tools/helm.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, keepSecrets, parseManifests, pick, secretList, type Manifest } from '../tools/manifests.ts';
import { runOk } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';
import type { Row } from './bench.ts';
import { seconds } from './chart.ts';
import { addService, type Input } from './input.ts';

/**
 * Provisioning on a real server, against the bare cost of the same CREATE DATABASE statements in one session. The bare cost
 * is measured before and after, on servers of their own: disks that many share slow down in the course of such a run.
 */
export async function measureProvisioning(input: Input, bin: string): Promise<Row[]> {
  const { services } = input;
  const manifests = await render(input);
  const measureBare = (): Promise<number> =>
    withServer(bin, manifests, (server) => timed(() => createDatabases(server, services)));
  const before = await measureBare();
  const { empty, nothing, plan, proof, more, recovery, recoveryByFsync } = await withServer(bin, manifests, (server) =>
    measureRuns(input, manifests, server),
  );
  const bare = (before + (await measureBare())) / 2;
  const ratio = empty / bare;
  const is1000 = services === 1000;
  return [
    { services, what: 'the same CREATE DATABASE, bare', result: seconds(bare), goal: '' },
    { services, what: 'provision from empty', result: seconds(empty), goal: '' },
    {
      services,
      what: 'provision / bare',
      result: ratio.toFixed(2),
      goal: is1000 ? '1.25' : '',
      met: is1000 ? ratio <= 1.25 : undefined,
    },
    { services, what: 'provision, nothing to do', result: seconds(nothing), goal: '1 s', met: nothing <= 1 },
    { services, what: 'plan, nothing to do, the whole process', result: seconds(plan), goal: '' },
    { services, what: `verify, ${proof.attempts} logins, the whole process`, result: seconds(proof.seconds), goal: '' },
    { services, what: 'provision one more', result: seconds(more), goal: '2 s', met: more <= 2 },
    { services, what: 'ready after kill -9', result: seconds(recovery), goal: '3 s', met: recovery <= 3 },
    { services, what: 'ready after kill -9, every file synced (fsync)', result: seconds(recoveryByFsync), goal: '' },
  ];
}

async function measureRuns(
  input: Input,
  manifests: Manifest[],
  server: Server,
): Promise<Record<'empty' | 'nothing' | 'plan' | 'more' | 'recovery' | 'recoveryByFsync', number> & { proof: Proof }> {
  const empty = await timedJob(manifests, server);
  // A server at rest: what a thousand new databases left to write would be in the way of what is measured next.
  await server.asAdmin((client) => client.query('CHECKPOINT'));
  const nothing = await timedJob(manifests, server);
  const plan = await timed(() => runCommand('plan', [], input, manifests, server));
  const proof = await measureProof(input, manifests, server);
  addService(input);
  const more = await timedJob(keepSecrets(await render(input), manifests), server);
  const recovery = await measureRecovery(server);
  // PostgreSQL's own default, which the server reads from its data folder and prefers to its configuration.
  await server.asAdmin((client) => client.query("ALTER SYSTEM SET recovery_init_sync_method = 'fsync'"));
  const recoveryByFsync = await measureRecovery(server);
  return { empty, nothing, plan, proof, more, recovery, recoveryByFsync };
}

/** From the start of a server that was killed to its first answer. */
export async function measureRecovery(server: Server): Promise<number> {
  await server.kill();
  return timed(() => server.start());
}

interface Proof {
  readonly seconds: number;
  readonly attempts: number;
}

async function measureProof(input: Input, manifests: readonly Manifest[], server: Server): Promise<Proof> {
  let output = '';
  const time = await timed(async () => {
    output = await runCommand('verify', ['--secrets', '-'], input, manifests, server);
  });
  return { seconds: time, attempts: Number(/tried (\d+) times/.exec(output)?.[1]) };
}

/** Runs a command as a person does, from its start to its end; what it prints. Throws when it finds anything. */
export function runCommand(
  name: string,
  args: readonly string[],
  { values }: Input,
  manifests: readonly Manifest[],
  server: Server,
): Promise<string> {
  const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
  const url = `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`;
  const command = [join(PROJECT, 'generator/bin.js'), name, '--values', values, '--url', url, ...args];
  return runOk(process.execPath, command, args.includes('-') ? { input: secretList(manifests) } : {});
}

/** Has the Secrets rendered, whoever makes them. */
const WITH_SECRETS = ['--set', 'auth.passwords=generated', ...WITH_PASSWORDS];

export async function render({ values, chart }: Input): Promise<Manifest[]> {
  const input = readInput({ values, out: chart });
  const { files } = await generate(input);
  write(chart, compareChart(input.chart, files), () => undefined);
  return parseManifests(await template(4, { chart, args: ['--values', values, ...WITH_SECRETS] }));
}

export async function withServer<T>(
  bin: string,
  manifests: readonly Manifest[],
  use: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await startServer(bin, manifests);
  try {
    return await use(server);
  } finally {
    await server.end();
  }
}

function createDatabases(server: Server, services: number): Promise<void> {
  return server.asAdmin(async (client) => {
    for (let number = 0; number < services; number += 1) {
      await client.query(`CREATE DATABASE svc_${number}db OWNER postgres TEMPLATE template0 ENCODING 'UTF8'`);
    }
  });
}

export async function timedJob(manifests: readonly Manifest[], server: Server): Promise<number> {
  const { code, output, seconds: time } = await runJob(manifests, server.port);
  if (code !== 0) throw new Error(`provisioning exited with ${code}:\n${output.slice(-2000)}`);
  return time;
}

/** Seconds that something took. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}
