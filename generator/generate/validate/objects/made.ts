import type { Columns } from './columns.ts';
import type { Kind, Name } from './name.ts';
import { Registry } from './registry.ts';

/** What is known of a schema, a relation, or a type. */
export interface Known {
  /** The schema file that makes it, or what else does; undefined where it may have been changed since, or was there. */
  readonly file?: string;
  /** Its columns, where all are known. */
  readonly columns?: Columns | undefined;
}

/** What the schema files of a service have made by a statement, one after another. */
export class Made {
  readonly schemas = new Map<string, Known>([
    ['public', { file: 'PostgreSQL' }],
    ['pg_catalog', {}],
    ['information_schema', {}],
  ]);
  readonly relations = new Registry<Known>();
  readonly types = new Registry<Known>();
  readonly functions = new Registry<Known>();
  readonly extensions = new Set<string>();
  /** What the functions do when they are called. */
  readonly bodies: string[] = [];
  /** Procedures that end the transaction in which they are called. */
  readonly ending = new Set<string>();
  /** Whether unqualified names are looked for elsewhere than in public. */
  hasPath: boolean;
  readonly #open = new Set<Kind>();
  readonly #words = new Set<string>();

  constructor(hasPath: boolean) {
    this.hasPath = hasPath;
  }

  /** Where an unqualified name is made. */
  placed({ schema, name }: Name): Name {
    return { schema: schema === '' && !this.hasPath ? 'public' : schema, name };
  }

  has(kind: Kind, name: Name): boolean {
    return kind === 'schema' ? this.schemas.has(name.name) : (this.#registryOf(kind)?.has(name) ?? false);
  }

  /** The names of a kind that were made. */
  names(kind: Kind): string[] {
    return kind === 'schema' ? [...this.schemas.keys()] : (this.#registryOf(kind)?.names() ?? []);
  }

  /** What came with something else, as an index with its constraint, was not known by its name before. */
  move(kind: Kind, from: Name, to: Name): void {
    const registry = this.#registryOf(kind);
    registry?.set(to, registry.get(from) ?? {});
    registry?.delete(from);
    if (kind === 'type') this.doubt(({ columns }) => [...(columns?.values() ?? [])].some(({ name }) => name === from.name));
  }

  #registryOf(kind: Kind): Registry<Known> | undefined {
    if (kind === 'relation') return this.relations;
    return kind === 'type' ? this.types : kind === 'function' ? this.functions : undefined;
  }

  /** Takes something for there that was told to be missing. */
  suppose({ name }: Name): void {
    this.#words.add(name.toLowerCase());
  }

  /** Where a relation is that a statement names: a temporary one comes before all others. */
  meant(name: Name): Name {
    const temporary = { schema: 'pg_temp', name: name.name };
    return name.schema === '' && this.relations.get(temporary) ? temporary : this.placed(name);
  }

  /** From here on anything of these kinds may be there. */
  open(...kinds: readonly Kind[]): void {
    for (const kind of kinds) this.#open.add(kind);
  }

  /** Whether it cannot be known that something is missing: SQL that is put together when it runs may have made it. */
  mayHave(kind: Kind, { schema, name }: Name): boolean {
    return (
      this.#open.has(kind) || this.#words.has(name.toLowerCase()) || (schema !== '' && this.#words.has(schema.toLowerCase()))
    );
  }

  /** Takes in SQL that runs when something calls it, or never. */
  take(text: string): void {
    if (!/\b(create|alter|rename|drop|into)\b/i.test(text)) return;
    const words = new Set(text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
    if (/\b(create|rename|into|schema)\b/i.test(text)) for (const word of words) this.#words.add(word);
    const isBuilt = /\bexecute\b(?!\s+(function|procedure))/i.test(text);
    if (isBuilt && /\b(create|rename|schema)\b/i.test(text)) this.open(...kindsIn(text));
    if (isBuilt || CHANGES.test(text)) this.doubt((_, name) => isBuilt || words.has(name.toLowerCase()));
  }

  /** Forgets what is known of schemas, relations and types that may be other than their statements say. */
  doubt(mayBe: (known: Known, name: string) => boolean): void {
    for (const registry of [this.relations, this.types]) registry.replace((name, known) => (mayBe(known, name) ? {} : known));
    for (const [name, known] of this.schemas) if (mayBe(known, name)) this.schemas.set(name, {});
  }
}

/** Words of what changes tables and their columns, or makes them; a constraint does not. */
const CHANGES = /\b(create|drop|rename|column)\b|\badd\b(?!\s+(constraint|foreign|primary|unique|check)\b)/i;

function kindsIn(text: string): Kind[] {
  if (/\bextension\b/i.test(text)) return ['schema', 'relation', 'type', 'function', 'operatorClass'];
  const kinds: [RegExp, Kind][] = [
    [/\bschema\b/i, 'schema'],
    [/\b(table|view|sequence|index|schema)\b/i, 'relation'],
    [/\b(type|domain|table|view|schema)\b/i, 'type'],
    [/\b(function|procedure|aggregate|schema)\b/i, 'function'],
  ];
  return kinds.filter(([word]) => word.test(text)).map(([, kind]) => kind);
}
