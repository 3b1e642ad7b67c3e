import { Command, Option } from 'commander';
import { join } from 'node:path';
import { compareChart } from '../generate/compare.ts';
import { generate } from '../generate/generate.ts';
import { printable, printableLine } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { readRepositoryTemplates, readVersion } from '../generate/read/project.ts';
import { write } from '../generate/write.ts';
import { renderRepository, WORKFLOW } from '../repository/files.ts';
import { readPresent } from '../repository/present.ts';
import { endingWith, OK, type ExitCode } from './errors.ts';
import { count, printPaths } from './lists.ts';

interface Services {
  readonly services: readonly string[];
}

const servicesOption = new Option('--services <names>', 'the first services, with commas between them')
  .argParser((names) => names.split(',').map((name) => name.trim()))
  .default(['order-service'], 'order-service');

export const command = new Command('init')
  .argument('[folder]', 'where; it is made if it is not there', '.')
  .addOption(servicesOption)
  .action(endingWith(run));

/** What a folder must not have yet. */
const TAKEN = ['values.yaml', 'chart', 'schema/databases', WORKFLOW];

/** Starts a repository of one's own. Throws InputError, and writes nothing, when something is in the way or a name is not allowed. */
async function run(folder: string, { services }: Services): Promise<ExitCode> {
  const present = readPresent(folder, TAKEN);
  const repository = renderRepository({ services, version: readVersion() }, present, readRepositoryTemplates());
  const values = join(folder, 'values.yaml');
  const out = join(folder, 'chart');
  await generate(readInput({ values, out, text: repository.values }));
  write(folder, { changed: repository.files, unchanged: [], stale: [] }, () => undefined);
  printPaths(
    'wrote  ',
    repository.files.map(({ path }) => join(folder, path)),
  );
  const chart = await writeChart(values, out);
  console.log(printableLine(`wrote   ${join(out, '/')} (${count(chart, 'file')})`));
  for (const note of repository.notes) console.log(printableLine(`note: ${note}`));
  console.log(printable(nextIn(folder)));
  return OK;
}

/** Writes the chart, and gives the number of its files. */
async function writeChart(values: string, out: string): Promise<number> {
  const input = readInput({ values, out });
  const comparison = compareChart(input.chart, (await generate(input)).files);
  write(out, comparison, () => undefined);
  return comparison.changed.length;
}

function nextIn(folder: string): string {
  const steps = [...(folder === '.' ? [] : [`cd ${folder}`]), 'npm install', 'npm run dev'];
  return `\nnext: ${steps.join(' && ')} starts the databases on this machine; README.md has the rest`;
}
