import table from '../../postgresql/encodings.json' with { type: 'json' };

/** What PostgreSQL says of an encoding. */
export interface Encoding {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Whether a database can have it; others are for clients alone. */
  readonly server: boolean;
  /** Whether a database with an ICU locale can. */
  readonly icu: boolean;
}

export const ENCODINGS: readonly Encoding[] = table.encodings;

/** The encoding of a name, however its parts are separated; undefined when PostgreSQL has none. */
export function encodingOf(name: string): Encoding | undefined {
  const wanted = plain(name);
  return ENCODINGS.find((encoding) => [encoding.name, ...(encoding.aliases ?? [])].some((known) => plain(known) === wanted));
}

/** Whether PostgreSQL knows an encoding of this name. */
export function isEncoding(name: string): boolean {
  return encodingOf(name) !== undefined;
}

function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
}
