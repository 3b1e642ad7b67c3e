import { join } from 'node:path';
import { deploy } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, pick } from '../tools/manifests.ts';
import type { PostgresMajor } from '../tools/postgres-binaries.ts';
import { runProgram } from '../tools/program.ts';
import { startServer } from '../tools/server.ts';
import { valuesOf, type Accepted } from './judge.ts';

/** Bytes of schema files of which one release of Helm's has room. */
const ROOM = 600_000;

/** Those whose files have room in one release, together. */
function batchesOf(sets: readonly Accepted[]): Accepted[][] {
  const batches: Accepted[][] = [];
  let left = 0;
  for (const set of sets) {
    const size = [...set.files.values()].reduce((sum, text) => sum + text.length, 0);
    if (left < size) {
      batches.push([]);
      left = ROOM;
    }
    left -= size;
    batches.at(-1)?.push(set);
  }
  return batches;
}

/** What the Job says of sets that fail, by their names; under '' what the plan still finds, or a run that fails with no word of a set. */
export async function provision(
  major: PostgresMajor,
  bin: string,
  sets: readonly Accepted[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const failures = new Map<string, readonly string[]>();
  for (const batch of batchesOf(sets)) {
    for (const [name, lines] of await provisionBatch(major, bin, batch)) failures.set(name, lines);
  }
  return failures;
}

async function provisionBatch(
  major: PostgresMajor,
  bin: string,
  sets: readonly Accepted[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = sets.flatMap(({ name, files }) =>
    [...files].map(([file, text]): [string, string] => [`schema/databases/${name}/${file}`, text]),
  );
  const { manifests, chart } = await deploy({ values: valuesOf(major, sets), files: Object.fromEntries(files) });
  const server = await startServer(bin, manifests);
  try {
    const first = await runJob(manifests, server.port);
    const second = await runJob(manifests, server.port);
    const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
    const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: 'postgres', PGPASSWORD: password };
    const plan = await runProgram(['plan', '--values', join(chart, '../values.yaml')], { env });
    const failures = new Map(sets.map(({ name }) => [name, failuresOf(name, first.output)]));
    for (const [name, lines] of failures) if (lines.length === 0) failures.delete(name);
    const isWell = [first, second, plan].every(({ code }) => code === 0);
    return isWell || failures.size > 0 ? failures : new Map([['', [second.output, plan.output]]]);
  } finally {
    await server.end();
  }
}

/** The error of a service, with the lines that belong to it. */
function failuresOf(service: string, output: string): string[] {
  const lines = output.split('\n').filter((line) => line.startsWith(`${service}: `));
  const at = lines.findIndex((line) => /^[^ ]+: (ERROR|FATAL|WARNING|.*not well)/.test(line));
  return at < 0 ? [] : lines.slice(at, at + 6);
}
