import { markdownTable } from 'markdown-table';
import { generate, type Generated } from '../generate/generate.ts';
import { loginsOf } from '../generate/logins.ts';
import { readInput } from '../generate/read.ts';
import { loginOf, startDeployment, using, type LocalDeployment } from '../laptop/deployment.ts';
import { localConnectionOf } from '../laptop/environment.ts';
import { makeTemporaryHome, removeHome } from '../laptop/home.ts';
import { isWorthTelling } from '../laptop/summary.ts';
import { apply } from '../server/apply.ts';
import { verify } from '../server/verify.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { explaining } from './live-server.ts';
import { valuesOption, type Values } from './options.ts';
import { listenFor, printUnfinished, type Provisioned } from './provisioned.ts';
import { aside, type Line, type Talk } from './talk.ts';
import { printProof, proofOf, type Proof } from './verification.ts';

export const command = declare({
  name: 'prove',
  options: [valuesOption],
  examples: [
    { run: 'shared-postgresql prove', does: 'provisions a PostgreSQL of this machine, logs in as everybody, and throws it away' },
    { run: 'shared-postgresql prove --quiet', does: 'in CI: says nothing when all is well' },
  ],
  run,
  print,
});

/** How a login reached its database: the password ended with the server. */
interface LoginTried {
  readonly login: string;
  readonly uri: string;
}

interface Proven extends Provisioned {
  /** Undefined when a service was not well, and nothing was proven. */
  readonly proof?: Proof & { readonly connections: readonly LoginTried[] };
}

async function run(talk: Talk<Proven>, { values }: Values): Promise<ExitCode> {
  const generated = await talk.during('reading and checking', () => generate(readInput({ values })));
  const home = makeTemporaryHome();
  try {
    const starting = talk.during('starting PostgreSQL', () => startDeployment(home, generated, true));
    return await using(starting, (deployment) => explaining(() => prove(talk, deployment, generated)));
  } finally {
    removeHome(home);
  }
}

async function prove(talk: Talk<Proven>, deployment: LocalDeployment, generated: Generated): Promise<ExitCode> {
  const { programs, port, server, passwords } = deployment;
  talk.say(`PostgreSQL ${programs.version} on localhost:${port}, for this proof only`);
  const { lines, hear, conclude } = listenFor(talk, isWorthTelling);
  const options = { connection: server.connection, generated, passwords };
  const { unfinished } = await apply({ ...options, compare: 'changed', say: hear, progress: talk.progress });
  conclude(unfinished);
  if (unfinished.length > 0) return talk.tell(ENDINGS.amiss.code, { lines, unfinished });
  const proof = proofOf(await verify({ ...options, progress: talk.progress }));
  const connections = connectionsOf(deployment, generated);
  return talk.tell(proof.isolated ? ENDINGS.fine.code : ENDINGS.amiss.code, {
    lines,
    unfinished,
    proof: { ...proof, connections },
  });
}

function connectionsOf({ port, passwords }: LocalDeployment, { model }: Generated): LoginTried[] {
  return loginsOf(model).map((login) => ({
    login: login.credential,
    uri: localConnectionOf(loginOf(login, port, passwords))['uri'] ?? '',
  }));
}

/** Logins from which on their connection strings tell nobody anything. */
const WORTH_A_TABLE = 25;

function print({ proof, ...provisioned }: Proven): Line[] {
  if (proof === undefined) return printUnfinished(provisioned);
  const rows = proof.connections.map(({ login, uri }) => [login, uri]);
  const table = aside(`\n${markdownTable([['login', 'connection string'], ...rows])}\n`);
  return [...(rows.length <= WORTH_A_TABLE ? [table] : []), ...printProof(proof)];
}
