import table from '../../postgresql/extensions.json' with { type: 'json' };
import { compare } from '../problem.ts';

/** What is known of an extension that PostgreSQL ships. */
export interface Extension {
  readonly name: string;
  /** The majors of PostgreSQL that ship it. */
  readonly majors: readonly number[];
  /** Whether the official image has it. */
  readonly isInImage: boolean;
  /** Whether a service may create it for itself. */
  readonly isTrusted: boolean;
  /** The extensions that it needs. */
  readonly requires: readonly string[];
  /** Why the admin must not create it for a service; undefined when the admin may. */
  readonly refusal?: string;
  /** Functions that everybody could call, and that are closed to all but the admin when it is created: name(types). */
  readonly closed: readonly string[];
}

/** Every extension that PostgreSQL 15 to 18 ships, by name. */
export const EXTENSIONS: ReadonlyMap<string, Extension> = new Map(
  table.extensions.map(({ name, majors, inImage, trusted, requires, verdict, reason, close = [] }) => {
    const refusal = verdict === 'refused' ? reason : undefined;
    return [
      name,
      { name, majors, isInImage: inImage, isTrusted: trusted, requires, refusal, closed: close.map((each) => each.function) },
    ];
  }),
);

/** The extensions of a service, wherever its entry names them. */
export function extensionsOf({ extensions, placedExtensions }: Naming): string[] {
  return [...new Set([...extensions, ...Object.keys(placedExtensions)])];
}

interface Naming {
  readonly extensions: readonly string[];
  readonly placedExtensions: Readonly<Record<string, { readonly schema: string; readonly version: string }>>;
}

/** Where an extension lies, and of which version it is, as far as values.yaml says it. */
export interface Placement {
  readonly schema?: string;
  readonly version?: string;
}

/** Whose a schema is that no service may have; undefined for any other. */
export function ownerOfSchema(schema: string): string | undefined {
  if (schema === 'shared_postgresql') return "the admin's";
  return /^pg_/.test(schema) || schema === 'information_schema' ? "PostgreSQL's" : undefined;
}

/** By the extensions' names; one of which nothing is said is left out. */
export function placementsOf({ placedExtensions }: Pick<Naming, 'placedExtensions'>): Readonly<Record<string, Placement>> {
  const placed = Object.entries(placedExtensions).sort(([a], [b]) => compare(a, b));
  const said = placed.map(([name, { schema, version }]): [string, Placement] => [
    name,
    { ...(schema !== '' && { schema }), ...(version !== '' && { version }) },
  ]);
  return Object.fromEntries(said.filter(([, placement]) => Object.keys(placement).length > 0));
}
