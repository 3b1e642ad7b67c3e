import { Command, Option } from 'commander';
import { relative } from 'node:path';
import { generate, type Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { printable } from '../generate/printable.ts';
import { listShort } from '../generate/lists.ts';
import { readInput, type Input } from '../generate/read.ts';
import { backgroundLogOf, sayReady, startInBackground, stopRunning } from '../laptop/background.ts';
import { adminOf, passwordsFor, startDeployment, using, type LocalDeployment } from '../laptop/deployment.ts';
import { environmentOf, keepPasswords, logOf, openHome, resetHome, type Home } from '../laptop/home.ts';
import { Interruption } from '../laptop/interruption.ts';
import { LaptopError } from '../laptop/laptop-error.ts';
import { findRunning, type Running } from '../laptop/lock.ts';
import { provision, type Reached } from '../laptop/provision.ts';
import { dropDatabase } from '../laptop/rebuild.ts';
import { runWithEnvironments } from '../laptop/run.ts';
import { REPORTS_SHADOW, shadowCredentialOf } from '../laptop/shadow.ts';
import { editedServiceIn, isWorthTelling, withPath } from '../laptop/summary.ts';
import { watchInputs } from '../laptop/watch.ts';
import { endingWith, explain, FAILED, OK, type ExitCode } from './errors.ts';
import { explaining } from './live-server.ts';
import { valuesOption, type Values } from './options.ts';
import { progressOf } from './progress.ts';

export const command = new Command('dev')
  .addOption(valuesOption)
  .option('--run <command>', 'start it, run a command, stop it, and end with the exit code of the command')
  .addOption(new Option('--detach', 'leave it running in the background').conflicts('run'))
  .addOption(new Option('--stop', 'stop the one that runs').conflicts(['run', 'detach', 'reset', 'rebuild', 'shadow']))
  .option('--reset', 'remove all data first; passwords and port stay')
  .option('--rebuild <service>', 'make the database of one service anew, with all schema files')
  .option('--shadow', 'make an empty database beside each, for tools that want one (Prisma)')
  .action(endingWith(run));

interface Dev extends Values {
  readonly run?: string;
  readonly detach?: boolean;
  readonly stop?: boolean;
  readonly reset?: boolean;
  readonly rebuild?: string;
  readonly shadow?: boolean;
}

async function run(options: Dev): Promise<ExitCode> {
  const home = openHome(options.values);
  const running = findRunning(home, console.log);
  if (options.stop) return stop(running);
  if (running) return options.rebuild === undefined ? refuse(running) : useRunning(home, running, options);
  if (options.reset) resetHome(home);
  if (options.detach) return detach(home);
  const input = readInput({ values: options.values });
  const generated = await generate(input);
  const start = startDeployment(home, generated);
  try {
    return await using(start, (deployment) => explaining(() => use(deployment, options, input, generated)));
  } catch (error) {
    // Ctrl-C is how it ends, unless it was to run something.
    if (error instanceof Interruption && options.run === undefined) return OK;
    throw error;
  }
}

async function stop(running: Running | undefined): Promise<ExitCode> {
  if (running) await stopRunning(running);
  console.log(running ? `stopped the server on localhost:${running.port}` : 'nothing runs here');
  return OK;
}

function refuse({ pid, port }: Running): never {
  throw new LaptopError(
    `dev runs here already: process ${pid} has the data, on localhost:${port}.\n  Go on with it, or end it with --stop.`,
  );
}

async function detach(home: Home): Promise<ExitCode> {
  await startInBackground(
    home,
    process.argv.slice(2).filter((argument) => !['--detach', '--reset'].includes(argument)),
  );
  const running = findRunning(home, console.log);
  console.log(
    `running in the background on localhost:${running?.port ?? ''}; ${here(backgroundLogOf(home))} has what it says, --stop ends it`,
  );
  return OK;
}

/** What a dev works with. */
interface Session {
  readonly options: Dev;
  readonly deployment: Reached;
}

/** Rebuilds a database of the deployment that another dev keeps running. */
async function useRunning(home: Home, { port }: Running, options: Dev): Promise<ExitCode> {
  const input = readInput({ values: options.values });
  const generated = await generate(input);
  const connection = adminOf(port, passwordsFor(home, generated));
  const server = { connection, reconfigure: () => Promise.resolve(false) };
  const isWell = await explaining(() => bringInLine({ options, deployment: { home, port, server } }, input, generated));
  return isWell ? OK : FAILED;
}

async function use(deployment: LocalDeployment, options: Dev, input: Input, generated: Generated): Promise<ExitCode> {
  const { home, programs, port } = deployment;
  console.log(
    `PostgreSQL ${programs.version} on localhost:${port}; its data is in ${here(home.server)}, its log in ${here(logOf(home))}`,
  );
  const isWell = await bringInLine({ options, deployment }, input, generated);
  if (options.run !== undefined) return isWell ? runWithEnvironments(home, options.run) : FAILED;
  console.log(`services connect by ${here(environmentOf(home))}/<service>.env; what is saved is applied, Ctrl-C stops`);
  return follow({ options: { values: options.values }, deployment }, deployment, input);
}

/** Applies what is saved until the server ends. */
async function follow(session: Session, { server }: LocalDeployment, input: Input): Promise<ExitCode> {
  const watcher = watchInputs(session.options.values, input, () => applySaved(session, (saved) => watcher.follow(saved)));
  sayReady();
  const isOrderly = await server.ended;
  await watcher.close();
  console.log(isOrderly ? 'the server is stopped' : 'the server ended by itself; its log says why');
  return isOrderly ? OK : FAILED;
}

/** What is wrong with it is told, and dev goes on with what it had. */
async function applySaved(session: Session, tell: (input: Input) => void): Promise<void> {
  try {
    const input = readInput({ values: session.options.values });
    tell(input);
    const generated = await generate(input);
    await explaining(() => bringInLine(session, input, generated));
  } catch (error) {
    console.error(explain(error));
  }
}

/** Provisions, and prints what is for a person. Tells whether all is well. */
async function bringInLine({ options, deployment }: Session, input: Input, generated: Generated): Promise<boolean> {
  const { services } = generated.model;
  if (options.shadow) keepPasswords(deployment.home, services.map(shadowCredentialOf));
  if (options.rebuild !== undefined) await dropDatabase(deployment.server.connection, serviceOf(generated, options.rebuild));
  const edited = new Set<string>();
  const say = (line: string): void => {
    if (!isWorthTelling(line) || REPORTS_SHADOW.test(line)) return;
    console.log(printable(withPath(line, input.schemaFolders)));
    const service = editedServiceIn(line);
    if (service !== undefined) edited.add(service);
  };
  const unfinished = await provision(deployment, generated, { say, progress: progressOf('databases') });
  for (const service of edited)
    console.log(`${service}: its database can be made anew, without what is in it: shared-postgresql dev --rebuild ${service}`);
  return unfinished.length === 0;
}

function serviceOf({ model }: Generated, name: string): Service {
  const found = model.services.find((service) => service.name === name);
  if (found) return found;
  throw new LaptopError(
    `--rebuild ${name}: there is no such service. There are ${listShort(model.services.map((service) => service.name))}.`,
  );
}

function here(path: string): string {
  return relative(process.cwd(), path) || path;
}
