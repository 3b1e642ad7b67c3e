import table from '../../../postgresql/objects.json' with { type: 'json' };
import type { Kind } from './name.ts';

/** Who has a name of PostgreSQL's own: an extension, or PostgreSQL itself. */
interface Owner {
  readonly extension?: string;
  readonly majors: readonly number[];
}

/** Every name that PostgreSQL 15 to 18 and the extensions that they ship have, by kind and name. */
const OWNERS = readTable();

function readTable(): ReadonlyMap<string, readonly Owner[]> {
  const owners = new Map<string, Owner[]>();
  for (const { kind, extension, majors, names } of table.objects) {
    for (const name of names.split(' ')) {
      const key = `${kind} ${name}`;
      const known = owners.get(key);
      const owner = { majors, ...(extension !== undefined && { extension }) };
      if (known) known.push(owner);
      else owners.set(key, [owner]);
    }
  }
  return owners;
}

/** The extensions of which it is known what they add. */
const EXTENSIONS = new Set(table.objects.flatMap(({ extension }) => extension ?? []));

export function isKnownExtension(name: string): boolean {
  return EXTENSIONS.has(name);
}

/** Whether a server of a major has a name by itself, or by one of these extensions. */
export function isShipped(kind: Kind, name: string, major: number, extensions: ReadonlySet<string>): boolean {
  return ownersOf(kind, name).some(
    ({ extension, majors }) => majors.includes(major) && (extension === undefined || extensions.has(extension)),
  );
}

/** The extension of a major that has a name. */
export function extensionWith(kind: Kind, name: string, major: number): string | undefined {
  return ownersOf(kind, name).find(({ majors }) => majors.includes(major))?.extension;
}

/** The majors that have a name by themselves. */
export function majorsWith(kind: Kind, name: string): readonly number[] {
  return ownersOf(kind, name).flatMap(({ extension, majors }) => (extension === undefined ? majors : []));
}

/** All names of a kind that a server of a major has by itself. */
export function listShipped(kind: Kind, major: number): string[] {
  const lines = table.objects.filter((line) => line.kind === kind && line.extension === undefined && line.majors.includes(major));
  return lines.flatMap(({ names }) => names.split(' '));
}

function ownersOf(kind: Kind, name: string): readonly Owner[] {
  return OWNERS.get(`${kind} ${name}`) ?? [];
}
