import { noteChanges } from './changes.ts';
import { valueAt } from './fields.ts';
import { formerOf, type Former } from './former.ts';
import { RESTARTS_PATH } from './layout.ts';
import type { Model } from './model.ts';
import { noteSingleBraces } from './placeholders.ts';
import type { Input } from './read.ts';
import { changedRestarts } from './restarts.ts';
import { noteRotations } from './rotations.ts';
import { noteOthers, othersOf } from './validate/schema-names.ts';
import { EXTENSIONS } from './validate/extensions.ts';

/** What is worth a look, but no problem. */
export function notesOn(
  input: Pick<Input, 'parsed' | 'homeFolders' | 'schemaFolders' | 'chart'>,
  model: Pick<
    Model,
    | 'allowedExtensions'
    | 'backup'
    | 'budget'
    | 'engine'
    | 'restarts'
    | 'services'
    | 'dropped'
    | 'declaredServices'
    | 'ownedElsewhere'
    | 'platformLogins'
  >,
): string[] {
  const former = formerOf(input.chart);
  return [
    ...strayFolders(input),
    ...passedOver(input),
    ...seedInTheOpen(input),
    ...noteSingleBraces(input.parsed),
    ...unknownExtensions(model),
    ...withoutBackup(model),
    ...(former === undefined ? [] : noteChanges(former, model)),
    ...noteRotations(input, model),
    ...restartOfServer(former, model),
    ...restartByValues(input, model),
  ];
}

/** Knobs are in no other generated file, so the last run left what it saw of them. */
function restartByValues({ chart }: Pick<Input, 'chart'>, { restarts }: Pick<Model, 'restarts'>): string[] {
  const changed = changedRestarts(restarts, chart?.files.get(RESTARTS_PATH));
  return changed.length === 0 ? [] : [`the next upgrade restarts the server, because these changed: ${changed.join(', ')}`];
}

/** Folders that belong to no service, most likely by a typing error. */
function strayFolders({ homeFolders, schemaFolders }: Pick<Input, 'homeFolders' | 'schemaFolders'>): string[] {
  const used = new Set([...schemaFolders.values()].map(({ path }) => path));
  return homeFolders
    .filter((path) => !used.has(path))
    .sort()
    .map((path) => `${path} belongs to no service`);
}

/** Files that could be meant as schema files. */
function passedOver({ schemaFolders }: Pick<Input, 'schemaFolders'>): string[] {
  const paths = new Set([...schemaFolders.values()].map(({ path }) => path));
  return [...schemaFolders.values()].flatMap((folder) => noteOthers(folder, othersOf(folder, paths)));
}

/** The file is committed, and whoever has the seed has every password. */
function seedInTheOpen({ parsed: { file, values } }: Pick<Input, 'parsed'>): string[] {
  if ((valueAt(values, ['auth', 'seed']) || null) === null) return [];
  return [
    `auth.seed stands in ${file}, and is every password for whoever reads that: give it to whoever renders (--set-file auth.seed=FILE)`,
  ];
}

/** Extensions that PostgreSQL does not ship: an image of one's own may have them, and their harm is for its maker to know. */
function unknownExtensions({ allowedExtensions }: Pick<Model, 'allowedExtensions'>): string[] {
  return allowedExtensions
    .filter((name) => !EXTENSIONS.has(name))
    .map((name) => `the extension ${name} is allowed, but nobody here has looked at what it gives a service on a shared server`);
}

/** A dump is a session of its own beside the one that holds its snapshot, both of the service's login. */
function withoutBackup({ backup, services }: Pick<Model, 'backup' | 'services'>): string[] {
  const alone = backup.isScheduled ? services.filter(({ connectionLimit }) => connectionLimit < 2) : [];
  return alone.map(({ name }) => `${name} has no backup: it takes two connections, and connectionLimit is 1`);
}

/** Settings of the server that are not as the chart that is there has them: it reads them at its start. */
function restartOfServer(former: Former | undefined, { budget, engine }: Pick<Model, 'budget' | 'engine'>): string[] {
  if (!engine.isSized || former === undefined || JSON.stringify(former.server) === JSON.stringify(budget.server)) return [];
  const { maxConnections } = budget.server;
  const connections = former.server['maxConnections'] === maxConnections ? '' : ` (max_connections is ${maxConnections} now)`;
  return [`the settings of the server change${connections}, so the next upgrade restarts it once`];
}
