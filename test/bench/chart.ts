import { join } from 'node:path';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { withDraft } from '../../generator/helm/draft.ts';
import { PROJECT } from '../tools/folders.ts';
import { releaseSize, template, WITH_PASSWORDS } from '../tools/helm.ts';
import { project } from '../tools/project.ts';
import { runOk } from '../tools/run.ts';
import type { Row } from './bench.ts';
import type { Input } from './input.ts';

const MIB = 1024 * 1024;

/** Goals are for 1,000 services; other sizes show the growth. */
const goalAt = (services: number, goal: string): string => (services === 1000 ? goal : '');
const metAt = (services: number, met: boolean): boolean | undefined => (services === 1000 ? met : undefined);

/** The whole process: its time and its peak memory, writing everything and then finding nothing to write. */
export async function measureGenerator({ services, values, chart }: Input): Promise<Row[]> {
  const first = await runGenerator(values, chart);
  const second = await runGenerator(values, chart);
  return [
    {
      services,
      what: 'generate, all files new',
      result: seconds(first.time),
      goal: goalAt(services, '1 s'),
      met: metAt(services, first.time <= 1),
    },
    { services, what: 'generate, nothing new', result: seconds(second.time), goal: '' },
    { services, what: 'generate, peak memory', result: `${(first.memory / MIB).toFixed(0)} MiB`, goal: '' },
  ];
}

/** Prints the peak of the process that it is loaded into, in KiB, when that ends. */
const REPORT_PEAK = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`;

async function runGenerator(values: string, chart: string): Promise<{ time: number; memory: number }> {
  const script = `exec "$0" --import "$1" "$2" generate --values "$3" --out "$4" 2>&1`;
  const started = performance.now();
  const output = await runOk('sh', [
    '-c',
    script,
    process.execPath,
    REPORT_PEAK,
    join(PROJECT, 'generator/bin.js'),
    values,
    chart,
  ]);
  const time = (performance.now() - started) / 1000;
  return { time, memory: Number(/^peak (\d+)$/m.exec(output)?.[1]) * 1024 };
}

/** `helm template`, and the size of the release that `helm install` would store of it. */
export async function measureHelm({ services, values, chart }: Input): Promise<Row[]> {
  const started = performance.now();
  await template(4, { chart, args: ['--values', values, ...WITH_PASSWORDS] });
  const time = (performance.now() - started) / 1000;
  const size = (await releaseSize(chart, values)) / MIB;
  const result = `${size.toFixed(3)} MiB${size > 1 ? ' (Helm cannot store it)' : ''}`;
  const light = await sizeOfDeployed(chart, values);
  return [
    { services, what: 'helm template', result: seconds(time), goal: goalAt(services, '1 s'), met: metAt(services, time <= 1) },
    { services, what: 'release, of 1 MiB', result, goal: goalAt(services, '0.4 MiB'), met: metAt(services, size <= 0.4) },
    {
      services,
      what: 'release of deploy, which keeps the Secrets',
      result: `${light.toFixed(3)} MiB`,
      goal: goalAt(services, '0.35 MiB'),
      met: metAt(services, light <= 0.35),
    },
  ];
}

/** In MiB, with the Secrets left to `deploy`. */
async function sizeOfDeployed(chart: string, values: string): Promise<number> {
  const { model } = await generate(readInput({ values, out: chart }, project));
  const whole = {
    chart,
    values,
    comparison: { changed: [], unchanged: [], stale: [] },
    model: { ...model, deploysSecrets: true },
  };
  const args = ['--set', 'auth.passwords=deploy'];
  return withDraft(whole, async (begun) => (await releaseSize(begun.finish().chart, begun.values, args)) / MIB);
}

export function seconds(time: number): string {
  return `${time.toFixed(2)} s`;
}
