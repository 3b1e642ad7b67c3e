import { compare, type Problem } from '../problem.ts';
import type { SchemaFolder } from '../read/schema-folders.ts';

/** What Kubernetes allows as a ConfigMap's key, with the number that gives the order. */
const FILE_NAME = /^[0-9]{3,}_[A-Za-z0-9._-]+\.sql$/;

/** The most characters of a ConfigMap's key (ConfigMap.data in the Kubernetes API). */
const LONGEST_NAME = 253;

/** By their numbers, as chart/provisioning/service.sh has them: 1000_b.sql comes after 999_a.sql. */
export function inTurn<File extends { readonly name: string }>(files: readonly File[]): File[] {
  const numbered = files.map((file) => ({ file, number: BigInt(/^\d*/.exec(file.name)?.[0] ?? 0) }));
  numbered.sort((a, b) => (a.number === b.number ? compare(a.file.name, b.file.name) : a.number < b.number ? -1 : 1));
  return numbered.map(({ file }) => file);
}

/** What is wrong with the name of a service's schema file, if anything. Among those of others it has the service's name and a dot before it. */
export function refuseName(file: string, service: string, name: string): Problem | undefined {
  if (/\.(down|undo)\.sql$/.test(name)) {
    const message = 'the file undoes another, and every schema file is applied';
    return { file, message, hint: 'Take it out of the folder: what undoes a change is a new schema file.' };
  }
  const most = LONGEST_NAME - service.length - 1;
  if (FILE_NAME.test(name) && name.length <= most) return undefined;
  const meant = nameFor(name);
  const example = meant !== undefined && meant.length <= most ? meant : 'by its turn, for example 001_tables.sql';
  const hint = `Name it ${example}: three digits or more, an underscore, then letters, digits, . _ -; at most ${most} characters`;
  return { file, message: `"${name}" is not a name of a schema file`, hint };
}

/** The name of a schema file that a number and a title can be; undefined where the number is not known for one. */
function nameFor(name: string): string | undefined {
  const [, number, title = ''] = /^(\d+)[\s._-]*([A-Za-z].*?)(?:\.sql)?$/i.exec(name) ?? [];
  return number === undefined ? undefined : `${number.padStart(3, '0')}_${title.replaceAll(/[^A-Za-z0-9._-]+/g, '_')}.sql`;
}

/** Files whose names are one on a disk that does not tell capitals from small letters: what is generated could not be checked out there. */
export function refuseTwins(folder: string, names: readonly string[]): Problem[] {
  const firsts = new Map<string, string>();
  return names.flatMap((name) => {
    const first = firsts.get(name.toLowerCase());
    firsts.set(name.toLowerCase(), first ?? name);
    if (first === undefined) return [];
    const message = `on disks that do not tell capitals from small letters this is ${first} as well`;
    return [{ file: `${folder}/${name}`, message, hint: 'Give it another name.' }];
  });
}

/** What lies in a schema folder and is surely meant as a schema file, though none would be applied. */
export function refusePassedOver({ path, files = [] }: SchemaFolder, others: readonly string[]): Problem[] {
  const below = others.filter((other) => other.includes('/'));
  const [first] = files.length === 0 ? below : [];
  return [
    ...others.filter((other) => /^[^/]*\.sql$/i.test(other)).map((name) => otherEnding(path, name)),
    ...(first === undefined ? [] : [nothingButBelow(path, first)]),
  ];
}

function otherEnding(path: string, name: string): Problem {
  const ending = name.replace(/\.sql$/i, '.sql');
  const right = FILE_NAME.test(ending) ? ending : (nameFor(name) ?? 'by its turn, for example 001_tables.sql');
  const message = 'the file would be passed over: the name of a schema file ends in .sql';
  return { file: `${path}/${name}`, message, hint: `Name it ${right}, or move it out of the folder.` };
}

function nothingButBelow(path: string, first: string): Problem {
  const message = `the file would be passed over: schema files lie in ${path} itself, where there is none`;
  const hint = 'Move it there, named by its turn, for example 001_tables.sql; or take it out of the folder.';
  return { file: `${path}/${first}`, message, hint };
}

/**
 * What else lies in a schema folder, as far as it is not of another service, whose folder may be within this one; `folders` are the paths
 * of all.
 */
export function othersOf({ path, others = [] }: SchemaFolder, folders: ReadonlySet<string>): string[] {
  return others.filter((other) => !parentsOf(`${path}/${other}`).some((parent) => parent !== path && folders.has(parent)));
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
}

/** What looks like a schema file and is not applied, as sentences; most likely it is meant to be there. */
export function noteOthers({ path, files = [] }: SchemaFolder, others: readonly string[]): string[] {
  const below = others.filter((other) => other.includes('/'));
  const numbered = others.filter((other) => /^[0-9]{3,}_[^/]*$/.test(other) && !/\.sql$/i.test(other));
  return [
    ...(files.length > 0 && below.length > 0
      ? [`${path} has SQL files in folders below it, which are not applied: ${listFirst(below)}`]
      : []),
    ...(numbered.length > 0
      ? [`${path} has files that are not applied because their names do not end in .sql: ${listFirst(numbered)}`]
      : []),
  ];
}

function listFirst([first = '', ...rest]: readonly string[]): string {
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}
