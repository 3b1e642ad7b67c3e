import table from '../../postgresql/extensions.json' with { type: 'json' };

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
