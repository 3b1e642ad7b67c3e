import { Argument, Option } from 'commander';
import { generate, type Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { carrying, type Ways } from '../laptop/carry.ts';
import { adminOf, passwordsFor } from '../laptop/deployment.ts';
import { findHome } from '../laptop/home.ts';
import type { Check } from '../server/checks.ts';
import type { Side } from '../server/move/ends.ts';
import type { Carrier } from '../server/move/copy.ts';
import { checkService, findMove, moveService, undoMove, type Moved } from '../server/move/move.ts';
import { addressOf, asIts } from '../server/session.ts';
import { sslVariablesOf } from '../server/url.ts';
import { findDev, refuseUnknown } from './archive.ts';
import { isInTheWay, printChecks } from './checks.ts';
import { here } from './dev-state.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { count } from './lists.ts';
import { explaining, readUrl } from './live-server.ts';
import { valuesOption, type Url, type Values } from './options.ts';
import { aside, result, type Line, type Talk } from './talk.ts';

interface Options extends Values, Url {
  readonly to: string;
  readonly toUrl?: string;
  readonly withDowntime?: true;
  readonly dryRun?: true;
  readonly undo?: true;
}

/** What was found, or done. */
interface Told extends Moved {
  readonly service: string;
  /** Empty where a move that has begun goes on. */
  readonly checks: readonly Check[];
  readonly steps: readonly string[];
  readonly moved: boolean;
  /** The values of both ends, as they were named. */
  readonly from: string;
  readonly to: string;
}

export const command = declare({
  name: 'move',
  arguments: [new Argument('<service>', 'the service that moves')],
  options: [
    valuesOption,
    new Option(
      '--url <url>',
      'the server where it is, as the admin; otherwise DATABASE_URL names it, or else it is the one that dev runs here',
    ),
    new Option('--to <file>', 'the values of the deployment that it moves to').makeOptionMandatory(),
    new Option(
      '--to-url <url>',
      "that deployment's server, as the admin; otherwise TO_DATABASE_URL names it, or else it is the one that dev runs for these values",
    ),
    new Option('--with-downtime', 'stop writes for the whole of the copy, where changes cannot be followed'),
    new Option('--dry-run', 'look at all that can be in the way, and change nothing'),
    new Option('--undo', 'end a move that has begun, and leave both ends as they were').conflicts(['dryRun', 'withDowntime']),
  ],
  examples: [
    {
      run: 'shared-postgresql move user-service --to ../new/values.yaml --dry-run',
      does: 'whether it can move, between two servers of dev',
    },
    {
      run: 'TO_DATABASE_URL=postgresql://postgres@localhost:5433 shared-postgresql move user-service --to new.yaml --url postgresql://postgres@localhost:5432',
      does: 'between two servers whose ports are forwarded',
    },
  ],
  run,
  print,
});

async function run(talk: Talk<Told>, name: string, options: Options): Promise<ExitCode> {
  const [from, to] = [
    await findEnd(talk, options.values, options.url, URLS.source, name),
    await findEnd(talk, options.to, options.toUrl, URLS.target, name),
  ];
  const steps: string[] = [];
  const say = (line: string): void => {
    steps.push(line);
    talk.say(line);
  };
  const told = { service: name, checks: [], steps, from: options.values, to: options.to };
  const [source, target] = [from.side, to.side];
  const withDowntime = options.withDowntime ?? false;
  const go = async (carrier: Carrier): Promise<ExitCode> => {
    const begun = await findMove(source, target);
    const checks = begun || options.undo ? [] : await checkService({ source, target, withDowntime });
    if (isInTheWay(checks)) return talk.tell(ENDINGS.amiss.code, { ...told, checks, moved: false });
    if (options.dryRun) return talk.tell(ENDINGS.pending.code, { ...told, checks, moved: false });
    const given = { source, target, carrier, say };
    if (options.undo) await undoMove(given);
    const moved = options.undo ? undefined : await moveService({ ...given, withDowntime });
    return talk.tell(ENDINGS.fine.code, { ...told, checks, ...moved, moved: moved !== undefined });
  };
  const ways = { source: from.way, target: to.way };
  return explaining(() => carrying(target.generated.model.server.major, ways, go));
}

/** What names each end's server beside its option. */
const URLS = {
  source: { option: '--url', variable: 'DATABASE_URL' },
  target: { option: '--to-url', variable: 'TO_DATABASE_URL' },
} as const;

interface Found {
  readonly side: Side;
  /** PGHOST, PGPORT and PGSSL… of libpq. */
  readonly way: Ways['source'];
}

async function findEnd(
  talk: Talk<Told>,
  values: string,
  given: string | undefined,
  { option, variable }: (typeof URLS)[keyof typeof URLS],
  name: string,
): Promise<Found> {
  const generated = await generate(readInput({ values }));
  const service = serviceOf(generated, name);
  const url = given ?? process.env[variable];
  const connection =
    url === undefined
      ? devOf(talk, values, generated)
      : asIts(readUrl(given === undefined ? variable : option, url), generated.model.engine.admin);
  const { host, port } = addressOf(connection);
  const ssl = url === undefined ? { PGSSLMODE: 'disable' } : sslVariablesOf(url, {});
  return { side: { connection, generated, service }, way: { ...ssl, PGHOST: host, PGPORT: String(port) } };
}

function devOf(talk: Talk<Told>, values: string, generated: Generated): Side['connection'] {
  const home = findHome(values);
  const { port } = findDev(home, (line) => talk.say(line));
  return adminOf(port, passwordsFor(home, generated));
}

function serviceOf(generated: Generated, name: string): Service {
  refuseUnknown(generated, [name]);
  const service = generated.model.services.find((each) => each.name === name);
  if (service) return service;
  throw new InputError([{ file: 'the arguments', message: `there is no service ${name}` }]);
}

function print({ service, checks, moved, compared, pause, former, from, to }: Told): Line[] {
  const found = printChecks(checks);
  if (!moved) return found;
  return [
    ...found,
    ...(compared === undefined
      ? []
      : [
          aside(
            `compared: ${count(compared.tables, 'table')}, ${count(compared.rows, 'row')}, ${count(compared.objects, 'object')}`,
          ),
        ]),
    result(
      pause === undefined
        ? `${service} has moved`
        : `${service} has moved; nobody could write for ${(pause / 1000).toFixed(1)} s`,
    ),
    aside(nextSteps(service, here(from), here(to), former)),
  ];
}

/** Who owns the values and the pods sees to these. */
function nextSteps(service: string, from: string, to: string, former: string | undefined): string {
  return [
    'Next:',
    `  have its pods read the Secret that ${to} makes (snippet ${service} --values ${to} prints it), and restart them`,
    `  take it out of where it was: shared-postgresql remove ${service} --values ${from}, and upgrade; its database stays there, locked`,
    ...(former === undefined
      ? []
      : [`  what was at the target before is database ${former}; to be rid of it: DROP DATABASE "${former}"`]),
  ].join('\n');
}
