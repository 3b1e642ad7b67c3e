import { Option } from 'commander';
import { findDeployment, type ReleaseName } from '../cluster/deployment.ts';
import { readClusterState } from '../cluster/state.ts';
import { checkBackups, checkRoom, checkTrial, unseenRoom, UNSEEN_TRIAL } from '../cluster/upgrade.ts';
import { withUpgrade, type Majors } from '../edit/major.ts';
import { generate, type Generated } from '../generate/generate.ts';
import type { Model } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { check, type Check } from '../server/checks.ts';
import { checkImage, checkPins, checkServer } from '../server/upgrade/checks.ts';
import { readFacts, type Facts } from '../server/upgrade/facts.ts';
import { isInTheWay, printChecks } from './checks.ts';
import { declare } from './declare.ts';
import { printEdited, save, sourceOf, type Edited } from './edit.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { askable, onDeployment, onServer } from './live-server.ts';
import { outOption, releaseOptions, valuesOption, type Out, type Url, type Values } from './options.ts';
import { aside, type Line, type Talk } from './talk.ts';

interface Options extends Values, Out, Url, ReleaseName {
  readonly to: string;
  readonly withoutBackup?: true;
  readonly dryRun?: true;
}

/** What was looked at, and what was written. */
interface Told extends Majors {
  readonly checks: readonly Check[];
  /** What was done to values.yaml and the chart; left out where nothing was. */
  readonly edited?: Edited;
}

export const command = declare({
  name: 'upgrade',
  options: [
    valuesOption,
    outOption,
    new Option('--to <major>', 'the major of PostgreSQL that it is to have').choices(['16', '17', '18']).makeOptionMandatory(),
    new Option('--url <url>', 'the server as the admin; otherwise DATABASE_URL names it, or else it is found through kubectl'),
    ...releaseOptions,
    new Option('--without-backup', 'go on though not every service has a backup that was rehearsed'),
    new Option('--dry-run', 'look at all that can be in the way, and change nothing'),
  ],
  examples: [
    {
      run: 'shared-postgresql upgrade --to 18 --namespace data --dry-run',
      does: 'what is in the way; exits with 2 when nothing is',
    },
    { run: 'shared-postgresql upgrade --to 18 --namespace data', does: 'the same, then values.yaml asks for it, and the chart' },
  ],
  run,
  print,
});

async function run(talk: Talk<Told>, { to: wanted, ...options }: Options): Promise<ExitCode> {
  const { values, out } = options;
  const source = sourceOf(options);
  const input = readInput({ values });
  const generated = askable(await generate(input), values);
  const { facts, around } = await talk.during('looking at the server', () => lookAt(generated, Number(wanted), options));
  const majors = { from: facts.major, to: Number(wanted) };
  if (majors.from === majors.to) return talk.tell(ENDINGS.fine.code, { ...majors, checks: [] });
  refuseOthers(values, generated.model, majors);
  const text = withUpgrade(source, majors);
  // What the values say that the other major does not have.
  await generate(readInput({ values, out, text }));
  const pins = checkPins(generated.model.services, majors.to);
  const checks = [checkImage(input.parsed.values, majors), ...around, pins, ...checkServer(facts, majors.to)];
  if (isInTheWay(checks)) return talk.tell(ENDINGS.amiss.code, { ...majors, checks });
  if (options.dryRun) return talk.tell(ENDINGS.pending.code, { ...majors, checks });
  return talk.tell(ENDINGS.fine.code, { ...majors, checks, edited: await save(talk, source, text, options) });
}

interface Look {
  readonly facts: Facts;
  /** Checks of what the server itself does not know. */
  readonly around: readonly Check[];
}

/** A server that is named by its URL tells nothing of its volume, nor of its nights. */
async function lookAt({ model }: Generated, to: number, { url, withoutBackup, ...where }: Omit<Options, 'to'>): Promise<Look> {
  const hasBackups = model.backup.isScheduled;
  const isWithout = withoutBackup === true;
  if (url !== undefined || process.env['DATABASE_URL'] !== undefined) {
    const unseen = hasBackups ? unseenBackups(isWithout) : NO_BACKUPS;
    return {
      facts: await onServer(url, readFacts),
      around: [unseen, UNSEEN_TRIAL, unseenRoom('only kubectl leads to the volume')],
    };
  }
  const deployment = await findDeployment(where, model.engine);
  const facts = await onDeployment(deployment, readFacts);
  const place = { ...where, namespace: deployment.namespace };
  const state = await readClusterState(place);
  const backups = hasBackups ? checkBackups(state, isWithout) : NO_BACKUPS;
  const trial = await checkTrial(place, to);
  return { facts, around: [backups, trial, await checkRoom(deployment, state, facts.major)] };
}

const NO_BACKUPS = check('backups', [], ['backup.schedule is off, and what happens to the volume happens to all there is']);

const unseenBackups = (isWithout: boolean): Check =>
  check('backups', [
    !isWithout &&
      'only kubectl tells whether every service has a backup that was rehearsed; leave --url and DATABASE_URL out, or say --without-backup',
  ]);

/** Throws InputError where the values are about another upgrade than this one. */
function refuseOthers(file: string, { engine, server }: Model, { from, to }: Majors): void {
  const refuse = (path: string, message: string, hint: string): never => {
    throw new InputError([{ file, path, message, hint }]);
  };
  if (!engine.isOurs)
    refuse(
      'engine.kind',
      'it is no server of a pod of this chart',
      'Have its operator upgrade it, or move its services (docs/move.md).',
    );
  if (from > to)
    refuse(
      'postgresql.version',
      `the server has PostgreSQL ${from} already`,
      'Going back is another way: docs/upgrade.md has it.',
    );
  if (server.major !== from && server.major !== to)
    refuse(
      'postgresql.version',
      `it is ${server.major}, and the server has PostgreSQL ${from}`,
      `Set it to ${from}, or name the server that is meant.`,
    );
}

function print({ from, to, checks, edited }: Told): Line[] {
  if (from === to) return [aside(`the server has PostgreSQL ${to} already`)];
  if (edited === undefined) return printChecks(checks);
  const next = [
    'Next:',
    '  shared-postgresql deploy, or helm upgrade: nobody can write from the moment in which the server stops until all services are compared in the new one',
    '  shared-postgresql logs server shows how far it is; docs/upgrade.md has the way back, and what to do afterwards',
  ];
  return [...printChecks(checks), ...printEdited(edited), aside(`\n${next.join('\n')}`)];
}
