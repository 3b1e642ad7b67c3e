import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFiles } from '../tools/deployment.ts';
import { roomiest } from '../tools/folders.ts';
import { fetchHelm, HELM_MAJORS } from '../tools/helm.ts';
import { fetchPostgres, fetchPsql } from '../tools/postgres-binaries.ts';
import { casesOf, folderOf, knobsOf, type Case } from './case.ts';
import { HELM_PROCESSES } from './helms.ts';
import { hunt, type Prey } from './hunt.ts';
import { benchIn, judge, judgeKnobs } from './judge.ts';
import { LivingHelms, startHelms } from './living-helms.ts';
import { RealServers } from './server.ts';

/*
 * The promise that what generate accepts, Helm, Kubernetes and PostgreSQL accept too, unchanged, tried on inputs that are made of the
 * contract: npm run fuzz -- --runs 100000 --seed 1
 */
const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    // Of a find, to repeat it alone.
    path: { type: 'string' },
    // Knobs that come to Helm without generate, as --set brings them.
    knobs: { type: 'boolean', default: false },
    // Of how many that get so far one goes on: to Helm, and to a server that is started and provisioned; 0 for none.
    helm: { type: 'string', default: '1' },
    server: { type: 'string', default: '500' },
    // Where finds are written, a folder for each.
    out: { type: 'string', default: join(tmpdir(), 'fuzz-finds') },
  },
});

await Promise.all([...HELM_MAJORS.map(fetchHelm), fetchPsql()]);
const servers = new RealServers(await fetchPostgres());
const living = await startHelms();
const isLiving = living instanceof LivingHelms;
console.log(
  isLiving ? 'Helm 3 and 4 stay alive.' : `Every rendering is a process of Helm's, which takes ten times as long: ${living}.`,
);
const bench = await benchIn(mkdtempSync(join(roomiest(), 'fuzz-')), isLiving ? living : HELM_PROCESSES);
const counts = { refused: 0, accepted: 0, rendered: 0, asked: 0, provisioned: 0 };
const started = performance.now();

/** Whether this one of those that got so far goes on. */
function isTurn(share: string, number: number): boolean {
  return Number(share) > 0 && number % Number(share) === 0;
}

async function judgeAndCount(one: Case): Promise<void> {
  const got = counts.accepted + counts.rendered;
  const reached = options.knobs ? await judgeKnobs(one, bench) : await judge(one, bench, { helm: isTurn(options.helm, got) });
  counts[typeof reached === 'string' ? reached : 'rendered'] += 1;
  if ((counts.refused + counts.accepted + counts.rendered) % 500 === 0) console.log(progress());
  if (typeof reached === 'string') return;
  counts.asked += 1;
  await servers.check(reached);
  if (!isTurn(options.server, counts.rendered)) return;
  await servers.provision(reached);
  counts.provisioned += 1;
}

function progress(): string {
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  const { refused, accepted, rendered, asked, provisioned } = counts;
  const sum = refused + accepted + rendered;
  return `${sum} inputs in ${seconds} s: ${refused} refused, ${accepted + rendered} accepted, ${rendered} rendered, ${asked} shown to a server, ${provisioned} provisioned`;
}

function tell({ find, input, seed, path }: Prey<Case>, number: number): void {
  const folder = join(options.out, String(number).padStart(3, '0'));
  const { values, files } = folderOf(input);
  writeFiles(folder, { ...files, 'values.yaml': values, 'find.txt': `${find.message}\n\nThe release is ${input.release}.\n` });
  console.log(`\n${find.message.slice(0, 1500)}\n\n${values.slice(0, 600)}${Object.keys(files).join(' ')}`);
  console.log(`It is in ${folder}; again: npm run fuzz -- --seed ${seed} --path ${path}${options.knobs ? ' --knobs' : ''}\n`);
}

let found = 0;
const inputs = options.knobs ? knobsOf(bench.project.contract) : casesOf(bench.project.contract);
const runs = Number(options.runs);
for await (const prey of hunt({ inputs, judge: judgeAndCount, runs, seed: Number(options.seed), path: options.path })) {
  found += 1;
  tell(prey, found);
}
rmSync(bench.folder, { recursive: true });
if (isLiving) {
  living.end();
  console.log(`${living.compared} renderings were compared with the real Helm's.`);
}
console.log(`${progress()}\n${found} kinds of finds`);
const isHollow = !options.knobs && counts.rendered > 100 && counts.asked === 0;
if (isHollow) console.log('None came to a server: nothing is known of what PostgreSQL accepts.');
process.exitCode = found > 0 || isHollow ? 1 : 0;
