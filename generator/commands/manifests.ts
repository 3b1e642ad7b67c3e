import { InvalidArgumentError, Option } from 'commander';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { compareFolder, type Comparison } from '../generate/compare.ts';
import { generate, type Generated } from '../generate/generate.ts';
import type { Model } from '../generate/model.ts';
import { printableLine } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { readOutFolder, readOwnChart, type Folder } from '../generate/read/chart.ts';
import { isGenerated, MANIFESTS_BANNER } from '../generate/render/output.ts';
import { write } from '../generate/write.ts';
import { renderChart, type Release } from '../helm/render.ts';
import { chartWith, type Kept } from '../manifests/chart.ts';
import { FOLDERS, PASSWORDS_PATH, renderManifests } from '../manifests/files.ts';
import { passwordsIn, presentIn, readObject, readObjects, rotationsIn, type KubernetesObject } from '../manifests/objects.ts';
import {
  noteChanged,
  noteKept,
  readPasswords,
  readSeed,
  refuseLost,
  withPasswords,
  type PasswordFile,
  type Passwords,
  type Told,
} from '../manifests/passwords.ts';
import { readPasswordFile } from '../manifests/present.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { count, linesOfPaths } from './lists.ts';
import { valuesOption, type Values } from './options.ts';
import { aside, note, type Line, type Talk } from './talk.ts';

interface Options extends Values {
  readonly out: string;
  readonly passwords?: string;
  readonly namespace: string;
  readonly release: string;
}

export const command = declare({
  name: 'manifests',
  options: [
    valuesOption,
    new Option('--out <dir>', 'the folder of the manifests').default('manifests'),
    new Option(
      '--passwords <file>',
      `the environment file of the passwords, which gets those that it lacks (default: ${PASSWORDS_PATH} in the folder of the manifests)`,
    ),
    new Option('--namespace <name>', 'the namespace of the objects').argParser(readName).default('default'),
    new Option('--release <name>', 'what the objects are named after').argParser(readName).default('shared-postgresql'),
  ],
  examples: [
    { run: 'shared-postgresql manifests', does: 'a file for each object, below manifests/' },
    {
      run: 'shared-postgresql manifests --namespace data --passwords passwords.env',
      does: 'with the passwords of that file',
    },
  ],
  run,
  print,
});

/** What was written. Paths are relative to the folder of the manifests. */
interface Written {
  readonly out: string;
  readonly namespace: string;
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
  /** Objects whose file is gone, as kubectl names them, by their namespaces: the cluster keeps them. */
  readonly gone: Readonly<Record<string, readonly string[]>>;
  /** How many passwords were made, and the file that keeps them. */
  readonly passwords: { readonly made: number; readonly file: string };
  readonly notes: readonly string[];
}

/** A name that both Kubernetes takes for a namespace and Helm for a release. */
function readName(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It must be lower-case letters, digits and hyphens, beginning and ending with a letter or digit; at most 53.',
  );
}

async function run(talk: Talk<Written>, { values, out, passwords, namespace, release }: Options): Promise<ExitCode> {
  const generated = await generate(readInput({ values }), { whole: true });
  const folder = readOutFolder(out, FOLDERS);
  const file = await readPasswordFile(passwords ?? join(out, PASSWORDS_PATH));
  const known = readPasswords(file, generated.model);
  const before = secretsBefore(folder);
  const kept = { passwords: known, seed: readSeed(file), present: presentIn(before) };
  const { objects, made } = await talk.during('rendering', () =>
    renderWith(kept, generated, { name: release, namespace, values }),
  );
  const former = toldBy(before);
  refuseLost(file.file, generated.model, made, former.passwords);
  const files = renderManifests(objects, generated.model);
  const comparison = compareFolder(folder, files, { banner: MANIFESTS_BANNER, isOurs });
  if (made.size > 0) keep(file, generated.model, made);
  write(out, comparison, () => undefined);
  return talk.tell(ENDINGS.fine.code, {
    out,
    namespace,
    ...writtenOf(comparison, folder),
    passwords: { made: made.size, file: file.file },
    notes: [...noteChanged(known, former.passwords), ...noteKept(former, toldBy(objects), generated.model)],
  });
}

function writtenOf(
  { changed, unchanged, stale }: Comparison,
  folder: Folder,
): Pick<Written, 'written' | 'removed' | 'unchanged' | 'gone'> {
  const gone = stale.flatMap((path) => readObject(folder.files.get(path) ?? ''));
  return {
    written: changed.map(({ path }) => path),
    removed: stale,
    unchanged: unchanged.length,
    gone: byNamespace(gone),
  };
}

function byNamespace(objects: readonly KubernetesObject[]): Written['gone'] {
  const gone: Record<string, string[]> = {};
  for (const { kind, name, namespace } of objects) (gone[namespace] ??= []).push(`${kind.toLowerCase()}/${name}`);
  return gone;
}

const isOurs = (_: string, text: string): boolean => isGenerated(text, MANIFESTS_BANNER);

/** The Secrets among the manifests that an earlier run wrote. */
function secretsBefore({ files }: Folder): KubernetesObject[] {
  const secrets = [...files].filter(([path, text]) => isOurs(path, text) && /^kind: Secret$/m.test(text));
  return secrets.flatMap(([, text]) => readObject(text));
}

const toldBy = (objects: readonly KubernetesObject[]): Told => ({
  passwords: new Map(passwordsIn(objects)),
  rotations: new Map(rotationsIn(objects)),
});

/** The objects, and the passwords that the chart made for logins which had none. */
interface Rendered {
  readonly objects: readonly KubernetesObject[];
  readonly made: Passwords;
}

async function renderWith(kept: Kept, generated: Generated, release: Release): Promise<Rendered> {
  const own = readOwnChart();
  const render = async (what: Kept): Promise<KubernetesObject[]> =>
    readObjects(await renderChart(chartWith(what, generated, own), release));
  const objects = await render(kept);
  const isKept = (login: string): boolean => kept.passwords.has(login) || generated.model.derivedLogins.includes(login);
  const made = new Map(passwordsIn(objects).filter(([login]) => !isKept(login)));
  const present = presentIn(objects);
  if (made.size === 0 && isDeepStrictEqual(present, kept.present)) return { objects, made };
  // The Job is named after what it reads, all of this among it: with all of it, it gets the name that it keeps.
  return { objects: await render({ ...kept, passwords: new Map([...kept.passwords, ...made]), present }), made };
}

/** Adds passwords to their file. */
function keep(file: PasswordFile, model: Model, made: Passwords): void {
  const changed = [{ path: basename(file.path), content: withPasswords(file, model, made), isPrivate: true }];
  write(dirname(file.path), { changed, unchanged: [], stale: [] }, () => undefined);
}

/** What was written and removed, and how it gets to the cluster. */
function print({ out, written, removed, unchanged, gone, passwords, notes }: Written): Line[] {
  const deletions = Object.entries(gone).map(
    ([namespace, names]) => `kubectl delete --namespace ${namespace} ${names.join(' ')}`,
  );
  return [
    ...(passwords.made > 0
      ? [aside(printableLine(`made    ${count(passwords.made, 'password')}, kept in ${passwords.file}`))]
      : []),
    ...notes.map((each) => note(printableLine(`note: ${each}`))),
    ...[...linesOfPaths('wrote  ', written), ...linesOfPaths('removed', removed)].map(aside),
    ...deletions.map((deletion) => note(`note: the cluster keeps what is no longer listed until: ${deletion}`)),
    aside(`${count(written.length, 'file')} written, ${unchanged} left as they were, ${removed.length} removed`),
    aside(
      `git ignores those with passwords; all are brought to the cluster by: kubectl apply --server-side --recursive --filename ${out}`,
    ),
  ];
}
