import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isRecord, valueAt } from '../../generator/generate/fields.ts';
import type { Project } from '../../generator/generate/read/project.ts';
import { dataOf as textsOf, type Manifest } from '../tools/manifests.ts';
import { dataOf, folderOf, type Case, type Folder } from './case.ts';
import { chartIn, type Chart } from './chart.ts';
import { Find, kindOf } from './find.ts';
import type { Helms, ToRender } from './helms.ts';
import type { Json } from './json.ts';
import { checkProblems, checkReading, outcomeOf, type Accepted } from './outcome.ts';
import { checkManifests, differenceOf, renderedBy, type Rendered } from './rendered.ts';
import { checkSettings } from './settings.ts';
import { Tree } from './tree.ts';
import { checkTwin, settled, twinOf, withoutNulls } from './twin.ts';
import { writeYaml } from './yaml.ts';
import { project } from '../tools/project.ts';

/** How far a case came. */
export type Reached = 'refused' | 'accepted' | 'rendered';

/** A folder to judge in, with the input and the chart that are in it, and what is the same for all cases. */
export interface Bench {
  readonly folder: string;
  readonly input: Tree;
  readonly chart: Chart;
  readonly project: Project;
  readonly helms: Helms;
}

export async function benchIn(folder: string, helms: Helms): Promise<Bench> {
  return { folder, input: new Tree(join(folder, 'input')), chart: await chartIn(join(folder, 'chart'), project), project, helms };
}

/** A case that Helm rendered, for whoever goes on with it. */
export interface Survivor {
  readonly folder: Folder;
  readonly manifests: readonly Manifest[];
  readonly values: unknown;
}

/** Judges one case. Throws Find for a promise that is broken. */
export async function judge(one: Case, bench: Bench, options: { readonly helm: boolean }): Promise<Reached | Survivor> {
  const folder = folderOf(one);
  bench.input.become(new Map([...Object.entries(folder.files), ['values.yaml', folder.values]]));
  const outcome = await outcomeOf(join(bench.input.folder, 'values.yaml'), bench.project);
  if ('problems' in outcome) {
    checkProblems(outcome.problems, folder.values);
    return 'refused';
  }
  checkReading(outcome.values, folder.data);
  if (!options.helm) return 'accepted';
  const manifests = await judgeRendered({ ...outcome, release: one.release }, folder, bench);
  return manifests === undefined ? 'rendered' : { folder, manifests, values: outcome.values };
}

type ToJudge = Accepted & { readonly release: string };

async function judgeRendered(accepted: ToJudge, folder: Folder, bench: Bench): Promise<readonly Manifest[] | undefined> {
  bench.chart.become(accepted.files);
  const toRender = { chart: bench.chart, release: accepted.release, values: join(bench.input.folder, 'values.yaml') };
  const rendered = await renderedByBoth(bench.helms, toRender);
  if (typeof rendered === 'string') {
    if (rendered.includes(ONLY_AT_RENDERING)) return undefined;
    // Of the release's name generate knows nothing; but with another it must work, and Helm must say what is wrong.
    const usual = await renderedByBoth(bench.helms, { ...toRender, release: USUAL_RELEASE });
    const isUsual = typeof usual !== 'string' || usual.includes(ONLY_AT_RENDERING);
    if (isUsual && isSentence(rendered)) return undefined;
    throw new Find(`helm: it refuses what generate accepts: ${kindOf(complaintOf(rendered))}`, rendered);
  }
  checkHelmReading(accepted.values, rendered.values);
  checkManifests(rendered.manifests);
  checkSchemaFiles(accepted, folder, rendered.manifests);
  await checkTwins(accepted.values, rendered.manifests, bench, toRender);
  // Another engine's server has its configuration from elsewhere, and is not started here.
  if ((valueAt(accepted.values, ['engine', 'kind']) ?? 'pod') !== 'pod') return undefined;
  checkSettings(rendered.manifests, accepted.values);
  return rendered.manifests;
}

/** A seed is given to whoever renders, so that generate cannot miss it. */
const ONLY_AT_RENDERING = 'passwords are derived, but auth.seed has less than 32 characters';

const USUAL_RELEASE = 'shared-postgresql';

/** Judges values that come to Helm alone, as --set brings them: its own schema and sentences must refuse what would break later. */
export async function judgeKnobs(one: Case, bench: Bench): Promise<Reached> {
  const values = dataOf(one.edits);
  const toRender = { chart: bench.chart, release: one.release, values: join(bench.folder, 'knobs.yaml') };
  writeFileSync(toRender.values, writeYaml(values, []).text);
  const rendered = await renderedByBoth(bench.helms, toRender);
  if (typeof rendered === 'string') {
    if (isSentence(rendered)) return 'refused';
    throw new Find(`helm alone: it fails without a sentence: ${kindOf(complaintOf(rendered))}`, rendered);
  }
  checkHelmReading(values, rendered.values);
  checkManifests(rendered.manifests);
  checkSettings(rendered.manifests, values);
  await checkTwins(values, rendered.manifests, bench, toRender);
  return 'rendered';
}

/** Whether Helm refuses by its schema, by a sentence of the chart's, or because no YAML has such a text. */
function isSentence(complaint: string): boolean {
  return /don't meet the specifications|execution error at|failed to parse .*(control characters|invalid Unicode)/.test(
    complaint,
  );
}

/** Compares with what comes of the same values with plain words for texts, and without what says nothing. */
async function checkTwins(values: unknown, manifests: readonly Manifest[], bench: Bench, toRender: ToRender): Promise<void> {
  const render = async (name: string, other: Json): Promise<readonly Manifest[]> => {
    const file = join(bench.folder, 'twin.yaml');
    writeFileSync(file, writeYaml(other, []).text);
    const rendered = await renderedBy(bench.helms, 4, { ...toRender, values: file });
    if (typeof rendered === 'string') throw new Find(`${name}: Helm refuses it: ${kindOf(complaintOf(rendered))}`, rendered);
    return rendered.manifests;
  };
  const twin = twinOf(values, bench.project.contract);
  if (twin.texts.size > 0) checkTwin(manifests, await render('with plain words', twin.values), twin.texts);
  const bare = withoutNulls(values, bench.project.contract);
  if (!isDeepStrictEqual(bare, values)) checkNulls(manifests, await render('without nulls', bare));
}

/** What both Helms made, or why both refuse. */
async function renderedByBoth(helms: Helms, toRender: ToRender): Promise<Rendered | string> {
  const [by4, by3] = await Promise.all([renderedBy(helms, 4, toRender), renderedBy(helms, 3, toRender)]);
  if (typeof by4 === 'string' && typeof by3 === 'string') return by4;
  if (typeof by4 === 'string') throw new Find(`helm: 4 refuses what 3 renders: ${kindOf(complaintOf(by4))}`, by4);
  if (typeof by3 === 'string') throw new Find(`helm: 3 refuses what 4 renders: ${kindOf(complaintOf(by3))}`, by3);
  const [difference] = differenceOf(by4.manifests.map(settled), by3.manifests.map(settled));
  if (difference !== undefined) throw new Find('helm: 3 and 4 render different objects', difference);
  return by4;
}

/** The end of Helm's complaint: what it is about, without the way there. */
function complaintOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Use --debug'));
  const schema = lines.find((line) => line.startsWith('- '));
  return schema ?? (lines.at(-1) ?? '').replace(/^.*: error calling (fail|include): /, '');
}

/** Refuses that Helm has other values than generate has. */
function checkHelmReading(given: unknown, read: unknown, path = ''): void {
  if (given === null || given === undefined) return;
  if (isRecord(given) && isRecord(read)) {
    const keys = path === '.services' ? [...new Set([...Object.keys(given), ...Object.keys(read)])] : Object.keys(given);
    for (const key of keys) {
      if (!Object.hasOwn(given, key)) throw new Find('helm: it knows a service that generate does not', key);
      checkHelmReading(given[key], read[key], `${path}.${key}`);
    }
    return;
  }
  // A null says nothing, and Helm leaves it out of a list's maps.
  const [same, other] = [given, read].map((each) => JSON.stringify(each, (_key, part: unknown) => part ?? undefined));
  if (!isDeepStrictEqual(JSON.parse(same ?? 'null'), JSON.parse(other ?? 'null')))
    throw new Find('helm: it reads another value than generate', `${path}: ${same} / ${other}`);
}

/** Refuses schema files that are not, byte for byte, what lies in the folder. */
function checkSchemaFiles({ model }: Accepted, { files }: Folder, manifests: readonly Manifest[]): void {
  const packs = manifests.filter(({ kind, metadata }) => kind === 'ConfigMap' && /-schema(-[01]+)?$/.test(metadata.name));
  const data = Object.fromEntries(packs.flatMap((pack) => Object.entries(textsOf(pack))));
  for (const { name, schemaFiles } of model.services) {
    for (const file of schemaFiles) {
      const given = files[`schema/databases/${name}/${file.name}`];
      // A byte order mark is taken off, as psql does it.
      const wanted =
        given === undefined
          ? undefined
          : Buffer.from(given)
              .toString('utf8')
              .replace(/^\ufeff/, '');
      const found = data[`${name}.${file.name}`];
      if (wanted !== undefined && found !== wanted)
        throw new Find('a schema file comes out changed', `${JSON.stringify(given)} / ${JSON.stringify(found)}`);
    }
  }
}

/** A null says nothing: without it the same must come out. */
function checkNulls(manifests: readonly Manifest[], bare: readonly Manifest[]): void {
  const differences = differenceOf(manifests.map(settled), bare.map(settled));
  const [first] = differences;
  if (first !== undefined)
    throw new Find(
      `null: it is not the default: ${first.replace(/: .*/s, '').replaceAll(/\[\d+\]/g, '[]')}`,
      differences.join('\n'),
    );
}
