import { EXTENSIONS, ownerOfSchema, type Placement } from '../generate/validate/extensions.ts';
import type { FoundExtension } from './found.ts';

/** An extension, with what is said of its place and version. */
export interface NamedExtension extends Placement {
  readonly name: string;
}

/** What an entry has of extensions. */
interface ExtensionFields {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Those that are not trusted, which the deployment must allow. */
  readonly allowed: readonly string[];
}

/** The fields of an entry for extensions that it can have. */
export function fieldsOf(kept: readonly NamedExtension[]): ExtensionFields {
  const isPlaced = ({ schema, version }: NamedExtension): boolean => schema !== undefined || version !== undefined;
  const plain = kept.filter((each) => !isPlaced(each)).map(({ name }) => name);
  const placed = kept.filter(isPlaced).map(({ name, ...placement }) => [name, placement]);
  return {
    fields: {
      ...(plain.length > 0 ? { extensions: plain } : {}),
      ...(placed.length > 0 ? { placedExtensions: Object.fromEntries(placed) } : {}),
    },
    allowed: kept.map(({ name }) => name).filter((name) => !isTrusted(name)),
  };
}

/** Why an extension is not declared; undefined when it is. */
export function whyNoExtension(name: string): string | undefined {
  const known = EXTENSIONS.get(name);
  if (known === undefined)
    return 'it is none that PostgreSQL ships; name it in extensions and postgresql.allowedExtensions where the image has it';
  if (known.refusal !== undefined) return known.refusal;
  return known.isInImage ? undefined : 'the official image does not have it';
}

/** The fields for the extensions of a live database: they say what one that is made anew would not have by itself. */
export function fieldsOfLive(found: readonly FoundExtension[]): ExtensionFields & { readonly sentences: readonly string[] } {
  const kept = found.filter(({ name }) => whyNoExtension(name) === undefined);
  const named = kept.map((each) => ({
    name: each.name,
    ...(isElsewhere(each) && whyNotPlaced(each) === undefined ? { schema: each.schema } : {}),
    ...(each.version !== each.newest && each.canBeMade ? { version: each.version } : {}),
  }));
  return { ...fieldsOf(named), sentences: found.flatMap(sentencesOn) };
}

function sentencesOn(found: FoundExtension): string[] {
  const { name, schema, version, newest, canBeMade } = found;
  const why = whyNoExtension(name);
  if (why !== undefined) return [`extension ${name} is not declared, and stays: ${why}`];
  const obstacle = isElsewhere(found) ? whyNotPlaced(found) : undefined;
  return [
    ...(obstacle === undefined
      ? []
      : [`extension ${name} lies in the schema ${schema}, and one that is made anew in ${homeOf(name)}: ${obstacle}`]),
    ...(canBeMade
      ? []
      : [
          `extension ${name} is of version ${version}, and one that is made anew of ${newest || 'none'}: the server has no files of the other`,
        ]),
  ];
}

function isElsewhere({ name, schema }: FoundExtension): boolean {
  return schema !== homeOf(name);
}

/** Where one lies of which values.yaml says no schema. */
function homeOf(name: string): string {
  return isTrusted(name) ? 'public' : 'shared_postgresql';
}

function isTrusted(name: string): boolean {
  return EXTENSIONS.get(name)?.isTrusted !== false;
}

/** Why values.yaml does not say in which schema one lies; undefined where it does. */
function whyNotPlaced({ name, schema, canBeMoved }: FoundExtension): string | undefined {
  const owner = ownerOfSchema(schema);
  if (owner !== undefined) return `that one is ${owner}`;
  if (!/^[A-Za-z_]\w{0,62}$/.test(schema)) return 'values.yaml has no place for that name';
  const isOpen = !isTrusted(name) && !canBeMoved && schema === 'public';
  return isOpen ? 'it cannot be moved, and the admin makes none where the service makes things' : undefined;
}
