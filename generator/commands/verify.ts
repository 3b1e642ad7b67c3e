import { Command } from 'commander';
import { markdownTable } from 'markdown-table';
import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { verify, type Attempt, type Verification } from '../server/verify.ts';
import { endingWith, FAILED, OK, type ExitCode } from './errors.ts';
import { count } from './lists.ts';
import { jsonOption, secretsOption, urlOption, valuesOption, type Json, type Secrets, type Url, type Values } from './options.ts';
import { printable } from '../generate/printable.ts';
import { progressOf } from './progress.ts';
import { readPasswords, onServer } from './live-server.ts';

export const command = new Command('verify')
  .addOption(valuesOption)
  .addOption(urlOption)
  .addOption(secretsOption)
  .addOption(jsonOption)
  .action(endingWith(run));

async function run({ values, url, secrets, json }: Values & Url & Secrets & Json): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const passwords = readPasswords(secrets, generated);
  const progress = progressOf('logins');
  const verification = await onServer(url, (connection) => verify({ connection, generated, passwords, progress }));
  if (json) printJson(verification);
  else print(verification);
  return verification.findings.length === 0 ? OK : FAILED;
}

function printJson({ attempts, findings }: Verification): void {
  console.log(JSON.stringify({ isolated: findings.length === 0, findings, attempts }, null, 2));
}

/** Logins from which on a matrix tells nobody anything. */
const WORTH_A_MATRIX = 25;

/** Prints who opens which database, and what is not as it must be. */
function print({ attempts, findings }: Verification): void {
  const logins = new Set(attempts.map(({ user }) => user));
  if (logins.size <= WORTH_A_MATRIX) console.log(`${matrixOf(attempts)}\n`);
  for (const finding of findings) console.log(printable(finding));
  const tried = `${count(logins.size, 'login')} tried ${count(attempts.length, 'time')} to open a database`;
  console.log(
    findings.length === 0
      ? `${tried}: each opens its own and no other, and nothing differs from values.yaml`
      : `${tried}; ${count(findings.length, 'finding')} above`,
  );
}

/** What stands in the matrix for each outcome. */
const CELLS: Readonly<Record<Attempt['outcome'], string>> = { open: 'open', refused: '-', wrong: 'WRONG' };

/** A row for each login, a column for each database; empty where nobody tried. */
function matrixOf(attempts: readonly Attempt[]): string {
  const databases = [...new Set(attempts.map(({ database }) => database))].sort();
  const users = [...new Set(attempts.map(({ user }) => user))];
  const cells = new Map(attempts.map(({ user, database, outcome }) => [`${user} ${database}`, CELLS[outcome]]));
  const rows = users.map((user) => [user, ...databases.map((database) => cells.get(`${user} ${database}`) ?? '')]);
  return markdownTable([['login', ...databases], ...rows], { align: ['l', ...databases.map(() => 'c')] });
}
