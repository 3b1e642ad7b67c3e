import { Command } from 'commander';
import { generate } from './generate.ts';
import { InputError } from './problem.ts';
import { readVersion } from './read.ts';
import { reportCheck, reportWrite, startProgress } from './report.ts';
import { compareWithDisk, write } from './write.ts';

interface Folders {
  readonly values: string;
  readonly out: string;
}

async function generateCommand({ values, out }: Folders): Promise<void> {
  const started = performance.now();
  const { model, files, notes } = await generate({ valuesFile: values, out });
  const comparison = compareWithDisk(out, files);
  const progress = startProgress(comparison.changed.length);
  write(out, comparison, () => progress.step());
  progress.stop();
  reportWrite({ comparison, notes, services: model.services.length, milliseconds: performance.now() - started });
}

async function checkCommand({ values, out }: Folders): Promise<void> {
  const { files } = await generate({ valuesFile: values, out, allTypes: true });
  const comparison = compareWithDisk(out, files);
  reportCheck(comparison);
  if (comparison.changed.length + comparison.stale.length > 0) process.exitCode = 1;
}

function commandLine(): Command {
  const program = new Command('shared-postgresql')
    .version(readVersion())
    .description('One PostgreSQL, many services, declared in one file.');
  const folders = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--values <file>', 'the values to read', 'values.yaml')
      .option('--out <dir>', 'the folder of the chart', 'chart');
  folders('generate', 'write the chart and the SQL that values.yaml asks for').action(generateCommand);
  folders('check', 'tell whether the chart is what generate would write').action(checkCommand);
  return program;
}

try {
  await commandLine().parseAsync();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  const count = error.problems.length;
  console.error(`${error.message}\n\n${count} ${count === 1 ? 'problem' : 'problems'}; nothing was written.`);
  process.exitCode = 1;
}
