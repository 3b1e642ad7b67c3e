import { Command } from 'commander';
import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { verify, type Verification } from '../server/verify.ts';
import { endingWith, FAILED, OK, type ExitCode } from './errors.ts';
import { jsonOption, secretsOption, urlOption, valuesOption, type Json, type Secrets, type Url, type Values } from './options.ts';
import { progressOf } from './progress.ts';
import { readPasswords, onServer } from './live-server.ts';
import { printVerification } from './verification.ts';

export const command = new Command('verify')
  .addOption(valuesOption)
  .addOption(urlOption)
  .addOption(secretsOption)
  .addOption(jsonOption)
  .action(endingWith(run));

async function run({ values, url, secrets, json }: Values & Url & Secrets & Json): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const passwords = await readPasswords(secrets, generated);
  const progress = progressOf('logins');
  const verification = await onServer(url, (connection) => verify({ connection, generated, passwords, progress }));
  if (json) printJson(verification);
  else printVerification(verification);
  return verification.findings.length === 0 ? OK : FAILED;
}

function printJson({ attempts, findings }: Verification): void {
  console.log(JSON.stringify({ isolated: findings.length === 0, findings, attempts }, null, 2));
}
