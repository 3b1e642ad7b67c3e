import { basename, dirname } from 'node:path';
import { Command, Option } from 'commander';
import { generate, type Generated } from '../generate/generate.ts';
import { printable } from '../generate/printable.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { readPage, readVersion } from '../generate/read/project.ts';
import { write } from '../generate/write.ts';
import { startDeployment, using, type LocalDeployment } from '../laptop/deployment.ts';
import { makeTemporaryHome, removeHome } from '../laptop/home.ts';
import { LaptopError } from '../laptop/laptop-error.ts';
import { isWorthTelling } from '../laptop/summary.ts';
import { renderReport, type Report } from '../page/report.ts';
import { apply } from '../server/apply.ts';
import { readSurvey } from '../server/survey.ts';
import { endingWith, OK, type ExitCode } from './errors.ts';
import { explaining, onServer, readPasswords } from './live-server.ts';
import { secretsOption, urlOption, valuesOption, type Secrets, type Url, type Values } from './options.ts';
import { progressOf } from './progress.ts';

const outOption = new Option('--out <file>', 'the page to write').default('report.html');

export const command = new Command('report')
  .addOption(valuesOption)
  .addOption(urlOption)
  .addOption(new Option(secretsOption.flags, `${secretsOption.description}; with it every login is tried`))
  .addOption(outOption)
  .action(endingWith(run));

type Options = Values & Url & Partial<Secrets>;

async function run({ out, ...options }: Options & { readonly out: string }): Promise<ExitCode> {
  const generated = await generate(readInput({ values: options.values }));
  if (options.secrets !== undefined && !isServerNamed(options)) throw new InputError([WITHOUT_SERVER]);
  const sources = isServerNamed(options) ? await askServer(options, generated) : await tryHere(generated);
  const made = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const content = await renderReport({ made, program: readVersion(), generated, ...sources }, readPage());
  write(dirname(out), { changed: [{ path: basename(out), content }], unchanged: [], stale: [] }, () => undefined);
  console.log(`wrote ${printable(out)}`);
  return OK;
}

const WITHOUT_SERVER = {
  file: '--secrets',
  message: 'no server is named that they could be tried on',
  hint: 'Name it with --url or DATABASE_URL; without a server the report makes one, which has passwords of its own.',
};

type Sources = Pick<Report, 'found' | 'remarks'>;

/** Without a name nobody is asked: libpq's own default, a socket of this machine, is hardly meant. */
function isServerNamed({ url }: Url): boolean {
  return (url ?? process.env['DATABASE_URL'] ?? process.env['PGHOST']) !== undefined;
}

async function askServer({ url, secrets }: Options, generated: Generated): Promise<Sources> {
  const passwords = secrets === undefined ? undefined : await readPasswords(secrets, generated);
  const progress = progressOf('looks');
  const survey = await onServer(url, (connection) => readSurvey({ connection, generated, passwords, progress }));
  return { found: { on: 'the deployment', survey }, remarks: [] };
}

/** Asks a server that is made for it. Where this machine cannot have one the values alone have to do. */
async function tryHere(generated: Generated): Promise<Sources> {
  const home = makeTemporaryHome();
  try {
    console.log('no server is named, so the schema files are tried on one of this machine');
    return await using(startDeployment(home, generated, true), (deployment) => explaining(() => survey(deployment, generated)));
  } catch (error) {
    if (!(error instanceof LaptopError)) throw error;
    return { remarks: [`No server could be had on the machine that made this page: ${error.message}`] };
  } finally {
    removeHome(home);
  }
}

async function survey({ server, passwords }: LocalDeployment, generated: Generated): Promise<Sources> {
  const options = { connection: server.connection, generated, passwords };
  const remarks: string[] = [];
  const say = (line: string): void => {
    if (isWorthTelling(line) && /: ERROR: /.test(line)) remarks.push(line);
  };
  await apply({ ...options, compare: 'changed', say, progress: progressOf('databases') });
  const found = await readSurvey({ ...options, progress: progressOf('looks') });
  return { found: { on: 'a throw-away server', survey: found }, remarks };
}
