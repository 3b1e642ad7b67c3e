import { Command } from 'commander';
import { markdownTable } from 'markdown-table';
import { generate, type Generated } from '../generate/generate.ts';
import { loginsOf } from '../generate/logins.ts';
import { printable } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { loginOf, startDeployment, using, type LocalDeployment } from '../laptop/deployment.ts';
import { connectionSecretOf } from '../laptop/environment.ts';
import { makeTemporaryHome, removeHome } from '../laptop/home.ts';
import { isWorthTelling } from '../laptop/summary.ts';
import { apply } from '../server/apply.ts';
import { verify } from '../server/verify.ts';
import { endingWith, FAILED, OK, type ExitCode } from './errors.ts';
import { explaining } from './live-server.ts';
import { valuesOption, type Values } from './options.ts';
import { progressOf } from './progress.ts';
import { printVerification } from './verification.ts';

export const command = new Command('prove').addOption(valuesOption).action(endingWith(run));

async function run({ values }: Values): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const home = makeTemporaryHome();
  try {
    return await using(startDeployment(home, generated, true), (deployment) => explaining(() => prove(deployment, generated)));
  } finally {
    removeHome(home);
  }
}

async function prove(deployment: LocalDeployment, generated: Generated): Promise<ExitCode> {
  const { programs, port, server, passwords } = deployment;
  console.log(`PostgreSQL ${programs.version} on localhost:${port}, for this proof only`);
  const say = (line: string): void => {
    if (isWorthTelling(line)) console.log(printable(line));
  };
  const options = { connection: server.connection, generated, passwords };
  const { unfinished } = await apply({
    ...options,
    compare: 'changed',
    say,
    progress: progressOf('databases'),
  });
  if (unfinished.length > 0) return FAILED;
  const verification = await verify({ ...options, progress: progressOf('logins') });
  printConnections(deployment, generated);
  printVerification(verification);
  return verification.findings.length === 0 ? OK : FAILED;
}

/** Logins from which on their connection strings tell nobody anything. */
const WORTH_A_TABLE = 25;

/** Prints how each login reached its database: the passwords end with the server. */
function printConnections({ port, passwords }: LocalDeployment, { model }: Generated): void {
  const logins = loginsOf(model);
  if (logins.length > WORTH_A_TABLE) return;
  const rows = logins.map((login) => [login.credential, connectionSecretOf(loginOf(login, port, passwords))['uri'] ?? '']);
  console.log(`\n${markdownTable([['login', 'connection string'], ...rows])}\n`);
}
