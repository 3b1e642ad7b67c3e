import { Option } from 'commander';
import { markdownTable } from 'markdown-table';
import { reportedOfLogins } from '../cluster/credentials.ts';
import { findDeployment, type ClusterDeployment, type ReleaseName } from '../cluster/deployment.ts';
import { judge, type Seen, type ServiceState } from '../cluster/judge.ts';
import { readClusterState } from '../cluster/state.ts';
import { generate } from '../generate/generate.ts';
import type { Model } from '../generate/model.ts';
import { printableLine } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { size } from '../page/words.ts';
import { readBegun } from '../server/begun.ts';
import { readUsage, type Usage } from '../server/usage.ts';
import { declare } from './declare.ts';
import { count } from './lists.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { reasonIn, ServerError } from './errors.ts';
import { onDeployment } from './live-server.ts';
import { releaseOptions, valuesOption, type Values } from './options.ts';
import { aside, finding, note, result, type Line, type Talk } from './talk.ts';

/** What was seen, and what somebody should see to. */
export interface Status extends Seen {
  readonly findings: readonly string[];
}

export const command = declare({
  name: 'status',
  options: [
    valuesOption,
    ...releaseOptions,
    new Option('--no-server', 'look at the objects of the cluster alone, and log in nowhere'),
  ],
  examples: [
    { run: 'shared-postgresql status --namespace data', does: 'what runs, how full it is, and what somebody should see to' },
    {
      run: 'shared-postgresql status --json',
      does: 'the same for a script, which learns by exit code 1 that there is something',
    },
    { run: 'shared-postgresql status --no-server', does: 'for whoever may read pods, Jobs and volumes, but no Secret' },
  ],
  run,
  print: printStatus,
});

type Where = ReleaseName & {
  /** Whether its server is asked. */
  readonly server: boolean;
};

async function run(talk: Talk<Status>, { values, ...where }: Values & Where): Promise<ExitCode> {
  const { model } = await generate(readInput({ values }));
  const status = await talk.during('looking at the cluster', () => readStatus(model, where));
  return talk.tell(status.findings.length === 0 ? ENDINGS.fine.code : ENDINGS.amiss.code, status);
}

/** How a deployment is. Throws ClusterError and ServerError. */
export async function readStatus(model: Model, { server, ...where }: Where): Promise<Status> {
  const deployment = await findDeployment(where, model.engine);
  const state = await readClusterState({ ...where, namespace: deployment.namespace });
  const isElsewhere = model.engine.address !== undefined;
  const isUp = isElsewhere || state.pods.some(({ component, ready }) => component === 'server' && ready);
  const asking = server && isUp ? askServer(model, deployment) : undefined;
  const asked = await (isElsewhere ? asking?.catch(toFinding) : asking);
  const why = typeof asked === 'string' ? [asked] : [];
  const { usage, begun } = typeof asked === 'object' ? asked : {};
  const seen = { state, usage, services: servicesOf(model, usage, begun) };
  return { ...seen, findings: [...why, ...judge(seen, isElsewhere)] };
}

/** That a server of somebody else's cannot be asked keeps nothing of the cluster from being told. */
function toFinding(error: unknown): string {
  if (error instanceof ServerError) return reasonIn(error);
  throw error;
}

/** What the server says of itself, and of each service that has begun what it did not end. */
interface Asked {
  readonly usage: Usage;
  readonly begun: Begun;
}

type Begun = ReadonlyMap<string, ServiceState['begun']>;

async function askServer(model: Model, deployment: ClusterDeployment): Promise<Asked> {
  const { usage, begun } = await onDeployment(deployment, async (connection) => ({
    usage: await readUsage(connection),
    begun: await readBegun(connection, model.services),
  }));
  return { usage: { ...usage, reported: [...usage.reported, ...(await reportedOfLogins(model, deployment))] }, begun };
}

/** What each service has of what it was given, and has begun. */
export function servicesOf({ services }: Model, usage: Usage | undefined, begun: Begun = new Map()): ServiceState[] {
  const facts = new Map(usage?.databases.map((each) => [each.name, each]));
  return services.map(({ name, database, connectionLimit }) => {
    const { bytes, sessions = 0 } = facts.get(database) ?? {};
    return { name, database, connectionLimit, bytes, sessions, begun: begun.get(name) ?? [] };
  });
}

/** A table of what runs, one of the services, and what somebody should see to. */
export function printStatus({ state, usage, services, findings }: Status): Line[] {
  return [
    result(`${markdownTable([['what', 'state', 'since', ''], ...rowsOf(state)])}\n`),
    ...(usage ? printUsage(usage, services) : []),
    ...findings.map((each) => finding(printableLine(each))),
    ...(usage?.reported ?? []).map((each) => note(printableLine(each))),
    ...(findings.length === 0 ? [aside('nothing to see to')] : []),
  ];
}

function rowsOf({ pods, volumes, jobs, schedules }: Seen['state']): string[][] {
  return [
    ...pods.map(({ name, ready, restarts, since }) => [
      `pod ${name}`,
      ready ? 'ready' : 'not ready',
      since,
      restarts === 0 ? '' : `${restarts} restarts`,
    ]),
    ...volumes.map(({ name, bound, size: held }) => [`volume ${name}`, bound ? 'bound' : 'not bound', '', held]),
    ...jobs.map(({ name, outcome, time }) => [`Job ${name}`, outcome, time, '']),
    ...schedules.map(({ name, last, lastDone, schedule }) => [
      `CronJob ${name}`,
      scheduleWord(last, lastDone),
      lastDone,
      schedule,
    ]),
  ];
}

function scheduleWord(last: string, lastDone: string): string {
  if (last === '') return 'not run yet';
  return last > lastDone ? 'not done' : 'done';
}

/** Of whom the rights are, where it is not the superuser of a server of ours. */
function sentenceOn({ name, rights }: Usage['admin']): string {
  return `admin ${name}: ${rights.length === 0 ? 'no rights of its own' : rights.join(', ')}`;
}

/** Services that have a line of their own; those with the largest databases. */
const LINES = 25;

function printUsage(usage: Usage, services: readonly ServiceState[]): Line[] {
  const { server, bytes, connections, databases, full } = usage;
  const held = `${size(bytes)}${full === undefined ? '' : ' with the log'}`;
  const largest = [...services].sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0)).slice(0, LINES);
  const rows = largest.map(({ name, database, bytes: own, sessions, connectionLimit }) => [
    name,
    database,
    own === undefined ? 'not there' : size(own),
    `${sessions} of ${connectionLimit}`,
  ]);
  return [
    result(
      `PostgreSQL ${server.version} since ${server.since}: ${count(databases.length, 'database')}, ${held}; ${connections.open} of ${connections.most} connections are open\n`,
    ),
    ...(full === undefined ? [result(`${printableLine(sentenceOn(usage.admin))}\n`)] : []),
    result(`${markdownTable([['service', 'database', 'size', 'sessions'], ...rows], { align: ['l', 'l', 'r', 'r'] })}\n`),
    ...(services.length > LINES ? [aside(`and ${count(services.length - LINES, 'smaller one')}`)] : []),
  ];
}
