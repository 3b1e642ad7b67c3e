import { Option } from 'commander';
import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { apply, type Applied } from '../server/apply.ts';
import { explainServer } from '../server/session.ts';
import { ask } from './ask.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { onItsServer, readCredentials } from './live-server.ts';
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
import { listenFor, printUnfinished, type Provisioned } from './provisioned.ts';
import type { Talk } from './talk.ts';

interface Yes {
  readonly yes?: boolean;
}

type Options = Values & Url & Databases & Secrets & Yes;

export const command = declare({
  name: 'apply',
  options: [
    valuesOption,
    urlOption,
    databasesOption,
    secretsOption,
    new Option('--yes', 'lock out and drop without asking, where values.yaml wants it'),
  ],
  examples: [
    {
      run: 'kubectl get secrets --output json | shared-postgresql apply --url postgresql://postgres@localhost --secrets -',
      does: 'what the Job of the chart would do, from here',
    },
    { run: 'helm template ./chart | shared-postgresql apply --secrets -', does: 'with the Secrets that a chart declares' },
  ],
  run,
  print: printUnfinished,
});

async function run(talk: Talk<Provisioned>, options: Options): Promise<ExitCode> {
  const { lines, hear, conclude } = listenFor(talk);
  const { unfinished, saidToAdmin } = await provision(talk, options, hear);
  conclude(unfinished);
  const reason = unfinished.length === 0 ? undefined : explainServer(saidToAdmin.join('\n'));
  return talk.tell(unfinished.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, { lines, unfinished, reason });
}

async function provision(
  talk: Talk<Provisioned>,
  { values, url, compare, secrets, yes }: Options,
  say: (line: string) => void,
): Promise<Applied> {
  const generated = await generate(readInput({ values }));
  const credentials = await readCredentials(secrets, generated);
  const approve = yes ? undefined : ask;
  return talk.during('asking the server', () =>
    onItsServer(url, generated, (connection) =>
      apply({ connection, generated, ...credentials, compare, say, progress: talk.progress, approve }),
    ),
  );
}
