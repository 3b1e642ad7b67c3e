import { Option } from 'commander';
import { generate, type Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { listShort } from '../generate/lists.ts';
import { InputError } from '../generate/problem.ts';
import { readInput, type Input } from '../generate/read.ts';
import { sayReady, startInBackground, stopRunning } from '../laptop/background.ts';
import { adminOf, passwordsFor, startDeployment, using, type LocalDeployment } from '../laptop/deployment.ts';
import { findHome, keepPasswords, logOf, openHome, resetHome, type Home } from '../laptop/home.ts';
import { Interruption } from '../laptop/interruption.ts';
import { LaptopError } from '../laptop/laptop-error.ts';
import { findRunning, type Running } from '../laptop/lock.ts';
import { provision, type Reached } from '../laptop/provision.ts';
import { dropDatabase } from '../laptop/rebuild.ts';
import { runWithEnvironments } from '../laptop/run.ts';
import { REPORTS_SHADOW, shadowCredentialOf } from '../laptop/shadow.ts';
import { editedServiceIn, isWorthTelling, withPath } from '../laptop/summary.ts';
import { watchInputs } from '../laptop/watch.ts';
import { declare } from './declare.ts';
import { detachedState, here, printState, stateOf, type DevState } from './dev-state.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { explain } from './errors.ts';
import { explaining } from './live-server.ts';
import { valuesOption, type Values } from './options.ts';
import { listenFor } from './provisioned.ts';
import type { Talk } from './talk.ts';

export const command = declare({
  name: 'dev',
  options: [
    valuesOption,
    new Option('--run <command>', 'start it, run a command, stop it, and end with the exit code of the command').conflicts(
      'json',
    ),
    new Option('--detach', 'leave it running in the background').conflicts('run'),
    new Option('--status', 'tell whether it runs, and where').conflicts(['run', 'detach', 'stop', 'reset', 'rebuild', 'shadow']),
    new Option('--stop', 'stop the one that runs').conflicts(['run', 'detach', 'reset', 'rebuild', 'shadow']),
    new Option('--reset', 'remove all data first; passwords and port stay'),
    new Option('--rebuild <service>', 'make the database of one service anew, with all schema files'),
    new Option('--shadow', 'make an empty database beside each, for tools that want one (Prisma)'),
  ],
  examples: [
    { run: 'shared-postgresql dev', does: 'starts it, applies what is saved, stops with Ctrl-C' },
    { run: "shared-postgresql dev --run 'npm test'", does: 'in CI: starts it, runs the tests, stops it, ends as they ended' },
    { run: 'shared-postgresql dev --detach --json', does: 'in the background; port and .env files for a script' },
    { run: 'shared-postgresql dev --rebuild user-service', does: 'after an edit of a schema file that was applied' },
  ],
  run,
  print: printState,
});

interface Dev extends Values {
  readonly run?: string;
  readonly detach?: boolean;
  readonly status?: boolean;
  readonly stop?: boolean;
  readonly reset?: boolean;
  readonly rebuild?: string;
  readonly shadow?: boolean;
}

type DevTalk = Talk<DevState>;

async function run(talk: DevTalk, options: Dev): Promise<ExitCode> {
  const home = findHome(options.values);
  const running = findRunning(home, (line) => talk.say(line));
  if (options.status) return tellStatus(talk, home, running);
  if (options.stop) return stop(talk, home, running);
  if (running) return options.rebuild === undefined ? refuse(running) : useRunning(talk, home, running, options);
  const input = readInput({ values: options.values });
  openHome(home);
  if (options.reset) resetHome(home);
  if (options.detach) return detach(talk, home);
  const generated = await generate(input);
  const starting = talk.during('starting PostgreSQL', () => startDeployment(home, generated));
  try {
    const session = { talk, options, input, generated };
    return await using(starting, (deployment) => explaining(() => use(deployment, session)));
  } catch (error) {
    // Ctrl-C is how it ends, unless it was to run something.
    if (error instanceof Interruption && options.run === undefined) return ENDINGS.fine.code;
    throw error;
  }
}

function tellStatus(talk: DevTalk, home: Home, running: Running | undefined): ExitCode {
  const state = stateOf(home, { did: 'look', running: running !== undefined, port: running?.port });
  return talk.tell(running ? ENDINGS.fine.code : ENDINGS.amiss.code, state);
}

async function stop(talk: DevTalk, home: Home, running: Running | undefined): Promise<ExitCode> {
  if (running) await stopRunning(running);
  return talk.tell(ENDINGS.fine.code, stateOf(home, { did: 'stop', running: false, port: running?.port }));
}

function refuse({ pid, port }: Running): never {
  const hint = 'Go on with it, or end it with --stop.';
  throw new LaptopError(`dev runs here already: process ${pid} has the data, on localhost:${port}.`, hint);
}

/** Options that are done with before a server is left in the background, or that are for whoever leaves it there. */
const OF_THE_FOREGROUND = ['--detach', '--reset', '--json', '--quiet'];

async function detach(talk: DevTalk, home: Home): Promise<ExitCode> {
  const args = process.argv.slice(2).filter((argument) => !OF_THE_FOREGROUND.includes(argument));
  const outcome = await talk.during('starting PostgreSQL', () => startInBackground(home, args));
  if ('said' in outcome) return talk.tell(outcome.code, detachedState(home, outcome));
  const running = findRunning(home, (line) => talk.say(line));
  return talk.tell(codeOf(outcome), detachedState(home, { port: running?.port, unfinished: outcome }));
}

/** What a dev works with. */
interface Session {
  readonly talk: DevTalk;
  readonly options: Dev;
  readonly input: Input;
  readonly generated: Generated;
}

/** Rebuilds a database of the deployment that another dev keeps running. */
async function useRunning(talk: DevTalk, home: Home, { port }: Running, options: Dev): Promise<ExitCode> {
  const input = readInput({ values: options.values });
  const generated = await generate(input);
  const connection = adminOf(port, passwordsFor(home, generated));
  const server = { connection, reconfigure: () => Promise.resolve(false) };
  const session = { talk, options, input, generated };
  const unfinished = await explaining(() => bringInLine({ home, port, server }, session));
  return talk.tell(codeOf(unfinished), stateOf(home, { did: 'provision', running: true, port, unfinished }));
}

function codeOf(unfinished: readonly string[]): ExitCode {
  return unfinished.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code;
}

async function use(deployment: LocalDeployment, session: Session): Promise<ExitCode> {
  const { home, programs, port } = deployment;
  const { talk, options } = session;
  talk.say(
    `PostgreSQL ${programs.version} on localhost:${port}; its data is in ${here(home.server)}, its log in ${here(logOf(home))}`,
  );
  const unfinished = await bringInLine(deployment, session);
  if (options.run !== undefined) return unfinished.length === 0 ? runWithEnvironments(home, options.run) : ENDINGS.amiss.code;
  talk.tell(codeOf(unfinished), stateOf(home, { did: 'start', running: true, port, unfinished }));
  sayReady(unfinished);
  return follow(deployment, { ...session, options: { values: options.values } });
}

/** Applies what is saved until the server ends. */
async function follow(deployment: LocalDeployment, session: Session): Promise<ExitCode> {
  const { talk, options, input } = session;
  const { server } = deployment;
  const watcher = watchInputs(options.values, input, () => applySaved(deployment, session, (saved) => watcher.follow(saved)));
  const isOrderly = await server.ended;
  await watcher.close();
  if (isOrderly) talk.say('the server is stopped');
  else talk.warn('the server ended by itself; its log says why');
  return isOrderly ? ENDINGS.fine.code : ENDINGS.amiss.code;
}

/** What is wrong with it is told, and dev goes on with what it had. */
async function applySaved(deployment: LocalDeployment, session: Session, tell: (input: Input) => void): Promise<void> {
  try {
    const input = readInput({ values: session.options.values });
    tell(input);
    const generated = await generate(input);
    const { major } = generated.model.server;
    if (major !== session.generated.model.server.major)
      session.talk.warn(`PostgreSQL ${major} is for the next start of dev; until then ${deployment.programs.version} runs`);
    await explaining(() => bringInLine(deployment, { ...session, input, generated }));
  } catch (error) {
    session.talk.warn(explain(error).text);
  }
}

/** Provisions, and says what is for a person. Gives the names of what is not well. */
async function bringInLine(deployment: Reached, { talk, options, input, generated }: Session): Promise<readonly string[]> {
  const { services } = generated.model;
  if (options.shadow) keepPasswords(deployment.home, services.map(shadowCredentialOf));
  if (options.rebuild !== undefined) await dropDatabase(deployment.server.connection, serviceOf(generated, options.rebuild));
  const { lines, hear, conclude } = listenFor(talk, (line) => isWorthTelling(line) && !REPORTS_SHADOW.test(line));
  const say = (line: string): void => hear(withPath(line, input.schemaFolders));
  const unfinished = await provision(deployment, generated, { say, progress: talk.progress });
  conclude(unfinished);
  for (const service of new Set(lines.flatMap((line) => editedServiceIn(line) ?? [])))
    talk.say(`${service}: its database can be made anew, without what is in it: shared-postgresql dev --rebuild ${service}`);
  return unfinished;
}

function serviceOf({ model }: Generated, name: string): Service {
  const found = model.services.find((service) => service.name === name);
  if (found) return found;
  const hint = `There are ${listShort(model.services.map((service) => service.name))}.`;
  throw new InputError([{ file: '--rebuild', message: `there is no service ${name}`, hint }]);
}
