import { Argument, Option } from 'commander';
import { join } from 'node:path';
import { compareChart } from '../generate/compare.ts';
import { generate } from '../generate/generate.ts';
import { printableLine } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { readRepositoryTemplates, readVersion } from '../generate/read/project.ts';
import { write } from '../generate/write.ts';
import { renderRepository, WORKFLOW } from '../repository/files.ts';
import { readPresent } from '../repository/present.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { count, linesOfPaths } from './lists.ts';
import { aside, note, type Line, type Talk } from './talk.ts';

interface Services {
  readonly services: readonly string[];
}

const servicesOption = new Option('--services <names>', 'the first services, with commas between them')
  .argParser((names) => names.split(',').map((name) => name.trim()))
  .default(['order-service'], 'order-service');

export const command = declare({
  name: 'init',
  arguments: [new Argument('[folder]', 'where; it is made if it is not there').default('.')],
  options: [servicesOption],
  examples: [
    { run: 'shared-postgresql init databases', does: 'a repository with one service, to begin with' },
    { run: 'shared-postgresql init databases --services user-service,order-service', does: 'with two' },
  ],
  run,
  print,
});

/** What was written. Paths begin where the command was run. */
interface Begun {
  readonly folder: string;
  readonly written: readonly string[];
  readonly chart: { readonly folder: string; readonly files: number };
  readonly notes: readonly string[];
}

/** What a folder must not have yet. */
const TAKEN = ['values.yaml', 'chart', 'schema/databases', WORKFLOW];

/** Starts a repository of one's own. Throws InputError, and writes nothing, when something is in the way or a name is not allowed. */
async function run(talk: Talk<Begun>, folder: string, { services }: Services): Promise<ExitCode> {
  const present = readPresent(folder, TAKEN);
  const repository = renderRepository({ services, version: readVersion() }, present, readRepositoryTemplates());
  const values = join(folder, 'values.yaml');
  const out = join(folder, 'chart');
  await talk.during('checking', () => generate(readInput({ values, out, text: repository.values })));
  write(folder, { changed: repository.files, unchanged: [], stale: [] }, () => undefined);
  const files = await talk.during('writing the chart', () => writeChart(values, out));
  const written = repository.files.map(({ path }) => join(folder, path));
  return talk.tell(ENDINGS.fine.code, { folder, written, chart: { folder: join(out, '/'), files }, notes: repository.notes });
}

/** Writes the chart, and gives the number of its files. */
async function writeChart(values: string, out: string): Promise<number> {
  const input = readInput({ values, out });
  const comparison = compareChart(input.chart, (await generate(input)).files);
  write(out, comparison, () => undefined);
  return comparison.changed.length;
}

function print({ folder, written, chart, notes }: Begun): Line[] {
  const steps = [...(folder === '.' ? [] : [`cd ${folder}`]), 'npm install', 'npm run dev'];
  return [
    ...linesOfPaths('wrote  ', written).map(aside),
    aside(printableLine(`wrote   ${chart.folder} (${count(chart.files, 'file')})`)),
    ...notes.map((each) => note(printableLine(`note: ${each}`))),
    aside(`\nnext: ${steps.join(' && ')} starts the databases on this machine; README.md has the rest`),
  ];
}
