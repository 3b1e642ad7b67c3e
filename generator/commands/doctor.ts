import { markdownTable } from 'markdown-table';
import { CHECKS } from '../cluster/checks.ts';
import { findDeployment, type ReleaseName } from '../cluster/deployment.ts';
import { examine, Unseen, type Diagnosis, type Patient } from '../cluster/doctor.ts';
import type { Seen } from '../cluster/judge.ts';
import { mayI } from '../cluster/kubectl.ts';
import { readClusterState } from '../cluster/state.ts';
import { generate } from '../generate/generate.ts';
import type { Model } from '../generate/model.ts';
import { printableLine } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { readUsage } from '../server/usage.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { reasonIn, ServerError } from './errors.ts';
import { onDeployment } from './live-server.ts';
import { releaseOptions, valuesOption, type Values } from './options.ts';
import { servicesOf } from './status.ts';
import { aside, finding, note, result, type Line, type Talk } from './talk.ts';

/** What came of every check. */
interface Examined {
  readonly diagnoses: readonly Diagnosis[];
}

export const command = declare({
  name: 'doctor',
  options: [valuesOption, ...releaseOptions],
  examples: [
    {
      run: 'shared-postgresql doctor --namespace data',
      does: 'what docs/troubleshooting.md has, looked at one after the other, with what to do',
    },
    { run: 'shared-postgresql doctor --json', does: 'the same for a script, which learns by exit code 0 that all is well' },
  ],
  run,
  print,
});

async function run(talk: Talk<Examined>, { values, ...where }: Values & ReleaseName): Promise<ExitCode> {
  const { model } = await generate(readInput({ values }));
  // Where nobody answers there is nothing to examine.
  await mayI({ verb: 'list', resource: 'pods' }, where);
  talk.progress.start(CHECKS.length, 'things looked at');
  const diagnoses = await examine(patientOf(model, where), CHECKS, () => talk.progress.step());
  talk.progress.stop();
  const isWell = diagnoses.every(({ outcome }) => outcome === 'well' || outcome === 'left out');
  return talk.tell(isWell ? ENDINGS.fine.code : ENDINGS.amiss.code, { diagnoses });
}

/** Each thing is asked for once, by the first check that wants it. */
function patientOf(model: Model, where: ReleaseName): Patient {
  const deployment = asked(() => findDeployment(where, model.engine));
  const service: Patient['service'] = async () => {
    const { server, context, namespace } = await deployment();
    if ('host' in server) throw new Unseen('no Service leads to it');
    return { ...server, context, namespace };
  };
  const state = asked(async (): Promise<Seen> => {
    const { namespace } = await deployment();
    return { state: await readClusterState({ ...where, namespace }), usage: undefined, services: servicesOf(model, undefined) };
  });
  const asAdmin: Patient['asAdmin'] = async (use) => {
    const found = await deployment();
    return orUnseen(() => onDeployment(found, use));
  };
  const seen = asked(async (): Promise<Seen> => {
    const usage = await asAdmin(readUsage);
    return { ...(await state()), usage, services: servicesOf(model, usage) };
  });
  return { where, model, isElsewhere: model.engine.address !== undefined, deployment, service, state, seen, asAdmin };
}

function asked<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}

/** A server that lets nobody in is no error of a check that wants it. */
async function orUnseen<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof ServerError) throw new Unseen(reasonIn(error));
    throw error;
  }
}

function print({ diagnoses }: Examined): Line[] {
  const found = diagnoses.filter(({ outcome }) => outcome === 'found');
  const unseen = diagnoses.filter(({ outcome }) => outcome === 'not looked at');
  const leftOut = diagnoses.filter(({ outcome }) => outcome === 'left out');
  const lines = (each: Diagnosis): string[] => each.sentences.map((sentence) => printableLine(`${each.check}: ${sentence}`));
  return [
    result(`${markdownTable([['check', 'outcome'], ...diagnoses.map(({ check, outcome }) => [check, outcome])])}\n`),
    ...found.flatMap(lines).map(finding),
    ...unseen.flatMap(lines).map((line) => note(line.replace(': ', ' was not looked at: '))),
    ...leftOut.slice(0, 1).map(({ sentences }) => note(`left out: ${sentences.join('; ')}`)),
    found.length + unseen.length === 0
      ? aside('all of it is well')
      : aside('\ndocs/troubleshooting.md has a row for each check: what it looks at, and more of what to do'),
  ];
}
