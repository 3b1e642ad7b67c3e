import { Command } from 'commander';
import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { apply } from '../server/apply.ts';
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
import { progressOf } from './progress.ts';
import { readPasswords, serverAt } from './live-server.ts';

export const command = new Command('apply')
  .description('run on a live server what provisioning would run')
  .addOption(valuesOption)
  .addOption(urlOption)
  .addOption(databasesOption)
  .addOption(secretsOption)
  .action(endingWith(run));

async function run({ values, url, compare, secrets }: Values & Url & Databases & Secrets): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const passwords = readPasswords(secrets, generated);
  const said: string[] = [];
  const say = (line: string): void => {
    said.push(line);
    console.log(line);
  };
  const progress = progressOf('databases');
  const failed = await apply({ connection: serverAt(url), generated, passwords, compare, say, progress });
  if (failed.length === 0) return OK;
  printFailure(failed, said);
  return FAILED;
}

/** Prints who is not well, after the sentence for a server that is not, if what was said tells. */
function printFailure(failed: readonly string[], said: readonly string[]): void {
  const sentence = explainServer(said.join('\n'));
  if (sentence !== undefined) console.error(sentence);
  console.error(`not well: ${failed.join(' ')}; the lines above that begin with the name say why`);
}
