import type pg from 'pg';
import { compare } from '../../../generator/generate/problem.ts';

/** What a schema file may name without making it. */
export type ObjectKind = 'type' | 'function' | 'relation' | 'operatorClass';

/** A name of PostgreSQL itself, or of an extension that it ships. */
export interface ObjectFact {
  readonly name: string;
  readonly kind: ObjectKind;
  /** The extension that has it; left out where PostgreSQL itself does. */
  readonly extension?: string;
}

/** All names of one kind in the catalogs. Arrays follow from their elements, and row types from their relations. */
const CATALOGS: Readonly<Record<ObjectKind, string>> = {
  type: `SELECT oid, typname AS name, 'pg_type'::regclass AS class, typnamespace AS schema FROM pg_type WHERE typelem = 0 OR typname NOT LIKE '\\_%'`,
  function: `SELECT oid, proname AS name, 'pg_proc'::regclass AS class, pronamespace AS schema FROM pg_proc`,
  relation: `SELECT oid, relname AS name, 'pg_class'::regclass AS class, relnamespace AS schema FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'f', 'S')`,
  operatorClass: `SELECT oid, opcname AS name, 'pg_opclass'::regclass AS class, opcnamespace AS schema FROM pg_opclass`,
};

/** Every kind, with a condition on the rows of its catalog. */
function listNames(kind: ObjectKind, condition: string): string {
  const isRow = kind === 'type' ? "AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.reltype = o.oid AND c.relkind <> 'c')" : '';
  return `SELECT DISTINCT name::text, '${kind}' AS kind FROM (${CATALOGS[kind]}) AS o WHERE ${condition} ${isRow}`;
}

function listAll(condition: string): string {
  const kinds: ObjectKind[] = ['type', 'function', 'relation', 'operatorClass'];
  return kinds.map((kind) => listNames(kind, condition)).join(' UNION ALL ');
}

/** What the catalogs of a server have, and what each extension adds that it has; makes extensions and rolls them back. */
export async function askObjects(client: pg.Client): Promise<ObjectFact[]> {
  const own = await client.query<ObjectFact>(listAll(`schema = 'pg_catalog'::regnamespace`));
  const { rows } = await client.query<{ extension: string }>(
    `SELECT name AS extension FROM pg_available_extensions WHERE name <> 'plpgsql' ORDER BY name COLLATE "C"`,
  );
  const facts: ObjectFact[] = [...own.rows];
  for (const { extension } of rows) facts.push(...(await askExtension(client, extension)));
  return facts;
}

/** Nothing of one that this build of the server cannot make: a language that it lacks. */
async function askExtension(client: pg.Client, extension: string): Promise<ObjectFact[]> {
  await client.query('BEGIN');
  try {
    await client.query(`CREATE EXTENSION ${client.escapeIdentifier(extension)} SCHEMA public CASCADE`);
    const isOfIt = `EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON d.refobjid = e.oid AND d.refclassid = 'pg_extension'::regclass
      WHERE d.deptype = 'e' AND d.classid = o.class AND d.objid = o.oid AND e.extname = $1)`;
    const { rows } = await client.query<ObjectFact>(listAll(isOfIt), [extension]);
    return rows.map((row) => ({ ...row, extension }));
  } catch {
    return [];
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Names that the same majors have, of one kind and one owner. */
export interface ObjectNames {
  readonly extension?: string;
  readonly kind: ObjectKind;
  readonly majors: readonly number[];
  /** With blanks between them. */
  readonly names: string;
}

/** What servers said, by their majors, as few lines. */
export function joinNames(ofMajors: ReadonlyMap<number, readonly ObjectFact[]>): ObjectNames[] {
  const majorsOf = new Map<string, { fact: ObjectFact; majors: number[] }>();
  for (const [major, facts] of ofMajors) {
    for (const fact of facts) {
      const key = [fact.extension, fact.kind, fact.name].join(' ');
      const known = majorsOf.get(key) ?? { fact, majors: [] };
      majorsOf.set(key, { fact, majors: [...known.majors, major] });
    }
  }
  const lines = new Map<string, { line: Omit<ObjectNames, 'names'>; names: string[] }>();
  for (const { fact, majors } of majorsOf.values()) {
    const { name, ...owner } = fact;
    const key = [owner.extension, owner.kind, ...majors].join(' ');
    const known = lines.get(key) ?? { line: { ...owner, majors }, names: [] };
    lines.set(key, { line: known.line, names: [...known.names, name] });
  }
  return [...lines]
    .sort(([a], [b]) => compare(a, b))
    .map(([, { line, names }]) => ({ ...line, names: names.sort(compare).join(' ') }));
}
