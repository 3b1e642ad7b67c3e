import { Option } from 'commander';
import { compareManifests, jobIn, type ObjectChange } from '../cluster/changes.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import { readClusterCredentials } from '../cluster/credentials.ts';
import { findDeployment, type ReleaseName } from '../cluster/deployment.ts';
import { followJob } from '../cluster/job.ts';
import { foreseeSecrets, handOver, keepSecrets, readLiveSecrets, removeSecrets } from '../cluster/keep-secrets.ts';
import { withoutSecrets, type SecretsToKeep } from '../cluster/kept-secrets.ts';
import { foresee, readInstalled, upgrade, type Installed } from '../cluster/release.ts';
import { refuseEmptied } from '../generate/changes.ts';
import { compareChart } from '../generate/compare.ts';
import { generate, type Generated } from '../generate/generate.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { write } from '../generate/write.ts';
import { withDraft, type Draft } from '../helm/draft.ts';
import { verify } from '../server/verify.ts';
import { allOf } from './all-of.ts';
import { answer } from './ask.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { reasonIn, ServerError } from './errors.ts';
import { isAllDone, planInCluster, printForeseen, type Foreseen } from './foreseen.ts';
import { onDeployment } from './live-server.ts';
import { outOption, releaseOptions, valuesOption, type Out, type Values } from './options.ts';
import { listenFor, printUnfinished, type Provisioned } from './provisioned.ts';
import { printStatus, readStatus, type Status } from './status.ts';
import { aside, result, type Line, type Talk } from './talk.ts';
import { printProof, proofOf, type Proof } from './verification.ts';

interface Options extends Values, Out, ReleaseName {
  readonly yes?: true;
  readonly dryRun?: true;
}

/** What was foreseen, and what came of it as far as it was done. */
interface Deployed extends Foreseen, Partial<Provisioned> {
  /** Whether there was nothing to do. */
  readonly upToDate: boolean;
  readonly installed: boolean;
  readonly proof?: Proof;
  readonly status?: Status;
}

export const command = declare({
  name: 'deploy',
  options: [
    valuesOption,
    outOption,
    ...releaseOptions,
    new Option('--yes', 'do it without asking'),
    new Option('--dry-run', 'tell what would change, and change nothing: no file, no object, no row').conflicts('yes'),
  ],
  examples: [
    {
      run: 'shared-postgresql deploy --namespace data',
      does: 'generates, shows what changes, asks, installs or upgrades, follows the Job, and proves the result',
    },
    { run: 'shared-postgresql deploy --dry-run', does: 'what would change; exits with 2 when there is something' },
    { run: 'shared-postgresql deploy --yes --json', does: 'in a pipeline, where nobody can be asked' },
  ],
  run,
  print,
});

async function run(talk: Talk<Deployed>, { values, out, yes, dryRun, ...where }: Options): Promise<ExitCode> {
  const input = readInput({ values, out });
  const generated = await talk.during('checking and rendering', () => generate(input));
  refuseEmptied(input, generated.model);
  const comparison = compareChart(input.chart, generated.files);
  return withDraft({ chart: out, values, comparison, model: generated.model }, async (begun) => {
    const [before, live] = await talk.during('asking Helm', () => allOf([readInstalled(where), readKept(where, generated)]));
    // Helm asks for none of them, and minds that they are kept.
    const draft = begun.finish(live === undefined ? [] : [withoutSecrets(live)]);
    const { secrets, ...foreseen } = await lookAhead(talk, { where, draft, before, live, generated });
    const code = foreseen.upToDate ? ENDINGS.fine.code : ENDINGS.pending.code;
    if (dryRun) return talk.tell(code, { ...foreseen, installed: false });
    if (!foreseen.upToDate) await confirm(talk, foreseen, yes);
    write(out, comparison, () => undefined);
    if (foreseen.upToDate) return talk.tell(code, { ...foreseen, installed: false });
    await talk.during('keeping the Secrets', () =>
      live === undefined ? handOver(foreseen.objects, { ...where, namespace: foreseen.namespace }) : keepSecrets(secrets, where),
    );
    const installed = await talk.during('upgrading the release', () => upgrade(where, draft, before));
    const left = `revision ${installed.revision} is installed and its Job runs, and Secrets that nothing needs any more are still there`;
    await orSaying(left, 'shared-postgresql status', () => removeSecrets(secrets, where));
    return finish(talk, foreseen, { where: { ...where, namespace: installed.namespace }, installed, generated });
  });
}

/** The Secrets that are there, where the command keeps them. */
async function readKept(where: ReleaseName, { model }: Generated): Promise<readonly unknown[] | undefined> {
  return model.deploysSecrets ? readLiveSecrets(where) : undefined;
}

interface Ahead {
  readonly where: ReleaseName;
  readonly draft: Draft;
  readonly before: Installed | undefined;
  readonly live: readonly unknown[] | undefined;
  readonly generated: Generated;
}

/** Compares with what Helm holds: what was changed by hand in the cluster is for nobody but who did it. */
async function lookAhead(talk: Talk<Deployed>, ahead: Ahead): Promise<Looked> {
  const { where, draft, before, generated } = ahead;
  const rendering = foresee(where, draft);
  // Helm says where a release would be that is not there yet.
  const spot = (before === undefined ? rendering : Promise.resolve(before)).then(({ namespace }) => ({ ...where, namespace }));
  const [next, planned, secrets] = await talk.during('rendering with Helm, and asking the server', () =>
    allOf([rendering, spot.then((place) => foreseePlan(talk, place, ahead)), spot.then((place) => foreseeKept(place, ahead))]),
  );
  const { namespace, revision } = next;
  const objects = withSecrets(compareManifests(before?.manifest ?? '', next.manifest), secrets);
  const foreseen = { release: where.release, namespace, revision, objects, notes: generated.notes, ...planned, secrets };
  // A release that failed is upgraded once more, whatever it holds.
  if (before?.status !== 'deployed' || !isAllDone(foreseen)) return { ...foreseen, upToDate: false };
  return { ...foreseen, revision: before.revision, upToDate: true };
}

type Located = ReleaseName & { readonly namespace: string };

async function foreseePlan(
  { progress }: Talk<Deployed>,
  where: Located,
  { before, generated }: Ahead,
): Promise<Pick<Foreseen, 'statements' | 'unasked'>> {
  // A server that somebody else runs may have what is declared before there is a release.
  if (before === undefined && generated.model.engine.address === undefined)
    return { unasked: 'there is no such release yet; the Job makes what is declared' };
  return planInCluster(where, generated, progress);
}

const foreseeKept = (where: Located, { draft, generated, live }: Ahead): Promise<SecretsToKeep> =>
  foreseeSecrets({ where, values: draft.values, generated, live });

/** What was foreseen, with the Secrets that Helm does not see. */
interface Looked extends Foreseen {
  readonly upToDate: boolean;
  readonly secrets: SecretsToKeep;
}

/** A Secret that Helm leaves to the command stays, and is not removed by it. */
function withSecrets(objects: readonly ObjectChange[], { names, changes }: SecretsToKeep): ObjectChange[] {
  return [...objects.filter(({ kind, name }) => kind !== 'Secret' || !names.has(name)), ...changes];
}

/** Throws InputError for any other answer than yes, and where nobody can be asked. */
async function confirm(talk: Talk<Deployed>, foreseen: Foreseen, yes = false): Promise<void> {
  for (const { text, kind } of printForeseen(foreseen)) {
    if (kind === 'finding') talk.warn(text);
    else talk.say(text, kind);
  }
  if (yes || (process.stdin.isTTY && (await answer(`Is that meant, for ${foreseen.namespace}? [y/N] `)))) return;
  throw new InputError([
    {
      file: 'deploy',
      message: 'nobody confirmed it; the cluster is as it was',
      hint: 'Write --yes if what is told above is meant.',
    },
  ]);
}

interface Running {
  readonly where: Located;
  readonly installed: Installed;
  readonly generated: Generated;
}

/** Follows the Job, proves what it left, and looks at the whole. */
async function finish(
  talk: Talk<Deployed>,
  foreseen: Omit<Looked, 'secrets'>,
  { where, installed, generated }: Running,
): Promise<ExitCode> {
  const { lines, hear, conclude } = listenFor(talk);
  const job = jobIn(installed.manifest);
  talk.say(`\nrevision ${installed.revision} is installed; Job ${job} runs, and goes on if you leave`);
  const goesOn = `revision ${installed.revision} is installed and its Job goes on, and it cannot be followed`;
  const isDone = await orSaying(goesOn, 'shared-postgresql logs --follow', () => followJob({ ...where, job }, hear));
  const unfinished = isDone ? [] : notWellIn(lines);
  conclude(unfinished);
  const ended = `revision ${installed.revision} is installed and its Job ended, and what it left cannot be looked at`;
  const { proof, status } = await orSaying(ended, 'shared-postgresql status', async () => ({
    proof: isDone ? await prove(talk, where, generated) : undefined,
    status: await talk.during('looking at the cluster', () => readStatus(generated.model, { ...where, server: true })),
  }));
  const isWell = proof?.isolated === true;
  const done = { ...foreseen, revision: installed.revision, installed: true, lines, unfinished, proof, status };
  return talk.tell(isWell ? ENDINGS.fine.code : ENDINGS.amiss.code, done);
}

/** Does what cannot be done without the cluster. Throws ClusterError with what was done before, and the command to go on with. */
async function orSaying<T>(before: string, command: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ClusterError || error instanceof ServerError)) throw error;
    throw new ClusterError(`${before}: ${reasonIn(error)}`, `Once that is mended, \`${command}\` tells how it is.`);
  }
}

/** Who is not well by the last words of the Job's last pod. */
function notWellIn(lines: readonly string[]): readonly string[] {
  const last = lines.findLast((line) => NOT_WELL.test(line)) ?? '';
  return NOT_WELL.exec(last)?.[1]?.split(' ') ?? ['server'];
}

const NOT_WELL = /^not well: ([^;]*[^; ])/;

/** As verify does, by the Secrets of the cluster. */
async function prove(talk: Talk<Deployed>, where: Running['where'], generated: Generated): Promise<Proof> {
  const deployment = await findDeployment(where, generated.model.engine);
  const credentials = await readClusterCredentials(generated.model, where);
  const verification = await talk.during('trying every login', () =>
    onDeployment(deployment, (connection) => verify({ connection, generated, ...credentials, progress: talk.progress })),
  );
  return proofOf(verification);
}

/** What was foreseen is out already, unless that was all that was asked for. */
function print({ installed, upToDate, unfinished = [], proof, status, ...foreseen }: Deployed): Line[] {
  if (!installed) return [...printForeseen(foreseen), ...(upToDate ? [result('\nnothing to do')] : [])];
  const left = 'The release is installed, and what is well serves; mend what is said above, and deploy again.';
  return [
    ...printUnfinished({ unfinished }),
    ...(unfinished.length > 0 ? [aside(left)] : []),
    ...(proof === undefined ? [] : printProof(proof)),
    ...(status === undefined ? [] : printStatus(status)),
  ];
}
