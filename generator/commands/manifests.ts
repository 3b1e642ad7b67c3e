import { Command, InvalidArgumentError, Option } from 'commander';
import { basename, dirname, join } from 'node:path';
import { compareFolder, type Comparison } from '../generate/compare.ts';
import { generate, type Generated } from '../generate/generate.ts';
import { printable, printableLine } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { readOutFolder, readOwnChart, type Folder } from '../generate/read/chart.ts';
import { isGenerated, MANIFESTS_BANNER } from '../generate/render/output.ts';
import { write } from '../generate/write.ts';
import { renderChart, type Release } from '../helm/render.ts';
import { chartWith } from '../manifests/chart.ts';
import { FOLDERS, PASSWORDS_PATH, renderManifests } from '../manifests/files.ts';
import { passwordsIn, readObject, readObjects, type KubernetesObject } from '../manifests/objects.ts';
import {
  noteChanged,
  readPasswords,
  refuseLost,
  withPasswords,
  type PasswordFile,
  type Passwords,
} from '../manifests/passwords.ts';
import { readPasswordFile } from '../manifests/present.ts';
import { endingWith, OK, type ExitCode } from './errors.ts';
import { count, printPaths } from './lists.ts';
import { valuesOption, type Values } from './options.ts';

interface Options extends Values {
  readonly out: string;
  readonly passwords?: string;
  readonly namespace: string;
  readonly release: string;
}

export const command = new Command('manifests')
  .addOption(valuesOption)
  .addOption(new Option('--out <dir>', 'the folder of the manifests').default('manifests'))
  .addOption(
    new Option(
      '--passwords <file>',
      `the environment file of the passwords, which gets those that it lacks (default: ${PASSWORDS_PATH} in the folder of the manifests)`,
    ),
  )
  .addOption(new Option('--namespace <name>', 'the namespace of the objects').argParser(readName).default('default'))
  .addOption(new Option('--release <name>', 'what the objects are named after').argParser(readName).default('shared-postgresql'))
  .action(endingWith(run));

/** A name that both Kubernetes takes for a namespace and Helm for a release. */
function readName(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It must be lower-case letters, digits and hyphens, beginning and ending with a letter or digit; at most 53.',
  );
}

async function run({ values, out, passwords, namespace, release }: Options): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const folder = readOutFolder(out, FOLDERS);
  const file = await readPasswordFile(passwords ?? join(out, PASSWORDS_PATH));
  const known = readPasswords(file, generated.model);
  const { objects, made } = await renderWith(known, generated, { name: release, namespace, values });
  const former = passwordsBefore(folder);
  refuseLost(file.file, made, former);
  const files = renderManifests(objects, generated.model);
  const comparison = compareFolder(folder, files, { banner: MANIFESTS_BANNER, isOurs });
  if (made.size > 0) keep(file, made);
  write(out, comparison, () => undefined);
  for (const note of noteChanged(known, former)) console.log(printableLine(`note: ${note}`));
  print({ out, folder, comparison, namespace });
  return OK;
}

const isOurs = (_: string, text: string): boolean => isGenerated(text, MANIFESTS_BANNER);

/** The passwords in the manifests that an earlier run wrote. */
function passwordsBefore({ files }: Folder): Passwords {
  const secrets = [...files].filter(([path, text]) => isOurs(path, text) && /^kind: Secret$/m.test(text));
  return new Map(passwordsIn(secrets.flatMap(([, text]) => readObject(text))));
}

/** The objects, and the passwords that the chart made for logins which had none. */
interface Rendered {
  readonly objects: readonly KubernetesObject[];
  readonly made: Passwords;
}

async function renderWith(known: Passwords, generated: Generated, release: Release): Promise<Rendered> {
  const own = readOwnChart();
  const render = async (passwords: Passwords): Promise<KubernetesObject[]> =>
    readObjects(await renderChart(chartWith(passwords, generated, own), release));
  const objects = await render(known);
  const made = new Map(passwordsIn(objects).filter(([login]) => !known.has(login)));
  // The Job is named after what it reads, the passwords among it: with all of them it gets the name that it keeps.
  return { objects: made.size === 0 ? objects : await render(new Map([...known, ...made])), made };
}

/** Adds passwords to their file. */
function keep(file: PasswordFile, made: Passwords): void {
  const changed = [{ path: basename(file.path), content: withPasswords(file, made), isPrivate: true }];
  write(dirname(file.path), { changed, unchanged: [], stale: [] }, () => undefined);
  console.log(printableLine(`made    ${count(made.size, 'password')}, kept in ${file.file}`));
}

interface Written {
  readonly out: string;
  readonly folder: Folder;
  readonly comparison: Comparison;
  readonly namespace: string;
}

/** Prints what was written and removed, and how it gets to the cluster. */
function print({ out, folder, comparison, namespace }: Written): void {
  const { changed, unchanged, stale } = comparison;
  printPaths(
    'wrote  ',
    changed.map(({ path }) => path),
  );
  printPaths('removed', stale);
  const gone = stale.flatMap((path) => readObject(folder.files.get(path) ?? ''));
  if (gone.length > 0) {
    const names = gone.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`).join(' ');
    console.log(
      printable(`note: the cluster keeps what is no longer listed until: kubectl delete --namespace ${namespace} ${names}`),
    );
  }
  console.log(`${count(changed.length, 'file')} written, ${unchanged.length} left as they were, ${stale.length} removed`);
  console.log(
    printable(
      `git ignores those with passwords; all are brought to the cluster by: kubectl apply --server-side --recursive --filename ${out}`,
    ),
  );
}
