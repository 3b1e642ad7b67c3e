import { Command } from 'commander';
import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { apply, type Applied } from '../server/apply.ts';
import { explainServer } from '../server/session.ts';
import { endingWith, FAILED, OK, type ExitCode } from './errors.ts';
import {
  databasesOption,
  secretsOption,
  urlOption,
  valuesOption,
  type Databases,
  type Secrets,
  type Url,
  type Values,
} from './options.ts';
import { printable } from '../generate/printable.ts';
import { ask } from './ask.ts';
import { progressOf } from './progress.ts';
import { readPasswords, onServer } from './live-server.ts';

interface Yes {
  readonly yes?: boolean;
}

export const command = new Command('apply')
  .addOption(valuesOption)
  .addOption(urlOption)
  .addOption(databasesOption)
  .addOption(secretsOption)
  .option('--yes', 'lock out and drop without asking, where values.yaml wants it')
  .action(endingWith(run));

async function run({ values, url, compare, secrets, yes }: Values & Url & Databases & Secrets & Yes): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const passwords = await readPasswords(secrets, generated);
  const say = (line: string): void => console.log(printable(line));
  const progress = progressOf('databases');
  const approve = yes ? undefined : ask;
  const applied = await onServer(url, (connection) =>
    apply({ connection, generated, passwords, compare, say, progress, approve }),
  );
  if (applied.unfinished.length === 0) return OK;
  printFailure(applied);
  return FAILED;
}

/** Prints who is not well, after the sentence for a server that is not, if what was said tells. */
function printFailure({ unfinished, saidToAdmin }: Applied): void {
  const sentence = explainServer(saidToAdmin.join('\n'));
  if (sentence !== undefined) console.error(sentence);
  console.error(`not well: ${unfinished.join(' ')}; the lines above that begin with the name say why`);
}
