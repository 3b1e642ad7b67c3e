import { basename, dirname } from 'node:path';
import { Option } from 'commander';
import { generate, type Generated } from '../generate/generate.ts';
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
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { explaining, onItsServer, readCredentials } from './live-server.ts';
import { secretsOption, urlOption, valuesOption, type Secrets, type Url, type Values } from './options.ts';
import { aside, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'report',
  options: [
    valuesOption,
    urlOption,
    new Option(secretsOption.flags, `${secretsOption.description}; with it every login is tried`),
    new Option('--out <file>', 'the page to write').default('report.html'),
  ],
  examples: [
    { run: 'shared-postgresql report', does: 'without a server: what the schema files make, on a PostgreSQL of this machine' },
    {
      run: 'kubectl get secrets --output json | shared-postgresql report --url postgresql://postgres@localhost --secrets - --out page.html',
      does: 'of a live deployment, with every login tried',
    },
  ],
  run,
  print,
});

interface Reported {
  /** The page that was written. */
  readonly page: string;
  /** Whether it tells of a live server, one that was made for it, or of the values alone. */
  readonly from: 'the deployment' | 'a throw-away server' | 'the values';
  /** What stands at the head of the page. */
  readonly remarks: readonly string[];
}

type Options = Values & Url & Partial<Secrets>;

async function run(talk: Talk<Reported>, { out, ...options }: Options & { readonly out: string }): Promise<ExitCode> {
  const generated = await talk.during('reading and checking', () => generate(readInput({ values: options.values })));
  if (options.secrets !== undefined && !isServerNamed(options)) throw new InputError([WITHOUT_SERVER]);
  const sources = isServerNamed(options) ? await askServer(talk, options, generated) : await tryHere(talk, generated);
  const made = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const report = { made, program: readVersion(), generated, ...sources };
  const content = await talk.during('drawing the page', () => renderReport(report, readPage()));
  write(dirname(out), { changed: [{ path: basename(out), content }], unchanged: [], stale: [] }, () => undefined);
  return talk.tell(ENDINGS.fine.code, { page: out, from: sources.found?.on ?? 'the values', remarks: sources.remarks });
}

function print({ page }: Reported): Line[] {
  return [aside(`wrote ${page}`)];
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

async function askServer(talk: Talk<Reported>, { url, secrets }: Options, generated: Generated): Promise<Sources> {
  const credentials = secrets === undefined ? undefined : await readCredentials(secrets, generated);
  const survey = await talk.during('asking the server', () =>
    onItsServer(url, generated, (connection) => readSurvey({ connection, generated, credentials, progress: talk.progress })),
  );
  return { found: { on: 'the deployment', survey }, remarks: [] };
}

/** Asks a server that is made for it. Where this machine cannot have one the values alone have to do. */
async function tryHere(talk: Talk<Reported>, generated: Generated): Promise<Sources> {
  const home = makeTemporaryHome();
  try {
    talk.say('no server is named, so the schema files are tried on one of this machine');
    const starting = startDeployment(home, generated, true);
    return await using(starting, (deployment) => explaining(() => survey(talk, deployment, generated)));
  } catch (error) {
    if (!(error instanceof LaptopError)) throw error;
    return { remarks: [`No server could be had on the machine that made this page: ${error.message}`] };
  } finally {
    removeHome(home);
  }
}

async function survey(talk: Talk<Reported>, { server, passwords }: LocalDeployment, generated: Generated): Promise<Sources> {
  const options = { connection: server.connection, generated, passwords };
  const remarks: string[] = [];
  const say = (line: string): void => {
    if (isWorthTelling(line) && /: ERROR: /.test(line)) remarks.push(line);
  };
  await apply({ ...options, compare: 'changed', say, progress: talk.progress });
  const { connection } = server;
  const found = await readSurvey({ connection, generated, credentials: { passwords }, progress: talk.progress });
  return { found: { on: 'a throw-away server', survey: found }, remarks };
}
