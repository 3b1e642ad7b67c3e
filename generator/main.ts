import { Command, Option } from 'commander';
import { generate } from './generate/generate.ts';
import { InputError } from './generate/problem.ts';
import { readInput, readVersion } from './generate/read.ts';
import { progressOf, reportCheck, reportPlan, reportVerification, reportWrite, startProgress } from './report.ts';
import { apply } from './server/apply.ts';
import { readSecrets } from './server/passwords.ts';
import { readPlan, type Compare } from './server/plan.ts';
import { connectionOf, explainServer, type Connection } from './server/session.ts';
import { verify } from './server/verify.ts';
import { compareWithDisk, write } from './generate/write.ts';

interface Folders {
  readonly values: string;
  readonly out: string;
}

async function generateCommand({ values, out }: Folders): Promise<void> {
  const started = performance.now();
  const { model, files, notes } = await generate({ valuesFile: values, out });
  const comparison = compareWithDisk(out, files);
  const progress = startProgress(comparison.changed.length, 'files written');
  write(out, comparison, () => progress.step());
  progress.stop();
  const { services, budget } = model;
  reportWrite({
    comparison,
    notes,
    services: services.length,
    budget: budget.rows,
    milliseconds: performance.now() - started,
  });
}

async function checkCommand({ values, out }: Folders): Promise<void> {
  const { files } = await generate({ valuesFile: values, out, allTypes: true });
  const comparison = compareWithDisk(out, files);
  reportCheck(comparison);
  if (comparison.changed.length + comparison.stale.length > 0) process.exitCode = 1;
}

interface ServerOptions {
  readonly values: string;
  readonly url?: string;
}

interface PlanOptions extends ServerOptions {
  readonly compare: Compare;
  readonly json?: boolean;
}

/** Exits with 2 when there is something to do, so that a script can tell. */
async function planCommand({ values, url, compare, json = false }: PlanOptions): Promise<void> {
  const generated = await generate({ valuesFile: values, out: 'chart' });
  const plan = await readPlan(serverAt(url), generated, compare);
  reportPlan(plan, json);
  if (plan.some(({ reported }) => !reported)) process.exitCode = 2;
}

interface ApplyOptions extends ServerOptions {
  readonly compare: Compare;
  readonly secrets: string;
}

async function applyCommand({ values, url, compare, secrets }: ApplyOptions): Promise<void> {
  const generated = await generate({ valuesFile: values, out: 'chart' });
  const passwords = readSecrets(secrets, readInput(secrets), generated.model.services);
  let said = '';
  const say = (line: string): void => {
    said += `${line}\n`;
    console.log(line);
  };
  const failed = await apply({
    connection: serverAt(url),
    generated,
    passwords,
    compare,
    say,
    progress: progressOf('databases'),
  });
  if (failed.length === 0) return;
  const sentence = explainServer(said);
  if (sentence !== undefined) console.error(sentence);
  console.error(`not well: ${failed.join(' ')}; the lines above that begin with the name say why`);
  process.exitCode = 1;
}

interface VerifyOptions extends ServerOptions {
  readonly secrets: string;
  readonly json?: boolean;
}

async function verifyCommand({ values, url, secrets, json = false }: VerifyOptions): Promise<void> {
  const generated = await generate({ valuesFile: values, out: 'chart' });
  const passwords = readSecrets(secrets, readInput(secrets), generated.model.services);
  const verification = await verify({ connection: serverAt(url), generated, passwords, progress: progressOf('logins') });
  reportVerification(verification, json);
  if (verification.findings.length > 0) process.exitCode = 1;
}

function serverAt(url: string | undefined): Connection {
  return connectionOf(url ?? process.env['DATABASE_URL']);
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
  const server = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--values <file>', 'the values to read', 'values.yaml')
      .option('--url <url>', "the server, as the admin; otherwise DATABASE_URL or libpq's variables name it");
  const compare = new Option('--compare <which>', 'databases to look into').choices(['changed', 'all']).default('changed');
  const secrets = 'what `kubectl get secrets --output json` prints; - reads it from standard input';
  server('plan', 'print what provisioning would run on a live server, and why; exits with 2 when there is something')
    .addOption(compare)
    .option('--json', 'print JSON')
    .action(planCommand);
  server('apply', 'run on a live server what provisioning would run')
    .addOption(compare)
    .requiredOption('--secrets <file>', secrets)
    .action(applyCommand);
  server('verify', 'prove on a live server that every service opens its own database and no other')
    .requiredOption('--secrets <file>', secrets)
    .option('--json', 'print JSON')
    .action(verifyCommand);
  return program;
}

// Whoever reads may stop reading: `… | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await commandLine().parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

/** What went wrong, as a person wants to read it; an error of our own making keeps its stack. */
function explain(error: unknown): string {
  if (error instanceof InputError) {
    const count = error.problems.length;
    return `${error.message}\n\n${count} ${count === 1 ? 'problem' : 'problems'}; nothing was written.`;
  }
  if (error instanceof Error && ('code' in error || explainServer(error.message) !== undefined)) {
    const message = `the server: ${error.message || Reflect.get(error, 'code')}`;
    const sentence = explainServer(message);
    return sentence === undefined ? message : `${message}\n${sentence}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
