/** One migration of another tool, before it has its name as a schema file. */
export interface Migration {
  /** Where it was read, from the folder. */
  readonly path: string;
  /** Its place among the others: 1.2 of Flyway is [1, 2]. */
  readonly turn: readonly bigint[];
  /** What it is called behind its number. */
  readonly title: string;
  readonly text: string;
}

/** The migrations of a folder, in their order, and a sentence for each thing that is none. */
export interface SortedMigrations {
  readonly migrations: readonly Migration[];
  readonly leftOut: readonly string[];
  /** Files that have no number, so that nobody knows their turn. */
  readonly unnumbered: readonly string[];
}

interface Named {
  readonly path: string;
  readonly text: string;
}

/** Sorts what a tool has: golang-migrate, goose, dbmate, Flyway, Prisma, Diesel, and numbered files, also below folders of versions. */
export function sortMigrations(files: readonly Named[]): SortedMigrations {
  const leftOut = new Map<string, string>();
  const found = new Map<string, Migration | undefined>();
  for (const file of files) {
    const migration = readMigration(file);
    const why = whyLeftOut(file.path) ?? (migration && isEmpty(migration.text) ? 'there is no statement in it' : undefined);
    if (why === undefined) found.set(file.path, migration);
    else leftOut.set(file.path, why);
  }
  const read = [...found.values()].filter((migration) => migration !== undefined);
  for (const { path } of read.filter((each) => isReplaced(each, read)))
    leftOut.set(path, 'there is one for PostgreSQL beside it');
  const others = [...found].flatMap(([path, migration]) => (migration === undefined ? [path] : []));
  const isInFolders = read.some(({ path }) => IN_FOLDER.test(path));
  if (isInFolders)
    for (const path of others) leftOut.set(path, 'where each migration has a folder, up.sql and migration.sql are read');
  const migrations = read.filter(({ path }) => !leftOut.has(path)).sort(isInFolders ? byFolder : byTurn);
  return { migrations, leftOut: tell(leftOut), unnumbered: isInFolders ? [] : others };
}

/** One sentence for all that are left out for one reason. */
function tell(leftOut: ReadonlyMap<string, string>): string[] {
  return [...new Set(leftOut.values())].map((why) => {
    const [first = '', ...more] = [...leftOut].flatMap(([path, each]) => (each === why ? [path] : []));
    return more.length === 0 ? `${first}: ${why}` : `${first} and ${more.length} more: ${why}`;
  });
}

/** How pop names what is for one kind of server, and what runs outside a transaction: `a.postgres.autocommit.up.sql`. */
const DIALECT =
  /\.(postgres(?:ql)?|mysql|mariadb|sqlite3?|cockroach(?:db)?|mssql|sqlserver|oracle|h2)(?:\.autocommit)?(?:\.up)?\.sql$/i;

function whyLeftOut(path: string): string | undefined {
  const name = path.split('/').at(-1) ?? '';
  const [, dialect = 'postgres'] = DIALECT.exec(name) ?? [];
  if (/^(.*[._-])?(down|undo)\.sql$/i.test(name) || /^U\d[\d._]*__/.test(name)) return 'it undoes another';
  if (!/^postgres/i.test(dialect)) return 'it is for another server than PostgreSQL';
  if (/^R__/.test(name)) return 'Flyway repeats it at each change, and a schema file is applied once: put it into a new one';
  if (/^B\d[\d._]*__/.test(name)) return 'a baseline of Flyway has what the files before it make';
  return undefined;
}

/** Whether it is for every kind of server, and another one stands in its place for PostgreSQL. */
function isReplaced({ path, turn, title }: Migration, all: readonly Migration[]): boolean {
  const isOfItsTurn = (other: Migration): boolean => other.title === title && other.turn.join() === turn.join();
  return !DIALECT.test(path) && all.some((other) => DIALECT.test(other.path) && isOfItsTurn(other));
}

const IN_FOLDER = /(^|\/)(migration|up)\.sql$/i;

/** Flyway's; a number and a name, with `.up` of golang-migrate; a number alone; and a folder for each, of Prisma and Diesel. */
const NAMES = [
  /^V?(\d[\d._]*?)__(.+?)(?:\.up)?\.sql$/i,
  /^V?(\d+(?:[._]\d+)*)(?:\.up)?(\.sql)$/i,
  /^V?(\d+(?:[.-]\d+)*)[._#-]+(.+?)(?:\.up)?\.sql$/i,
];

/** A folder of what one version needs: `0.19`, `v1.4`, `12`. */
const VERSION = /^v?(\d+(?:[._]\d+)*)$/i;

function readMigration({ path, text }: Named): Migration | undefined {
  const folders = path.split('/').slice(0, -1);
  const named = IN_FOLDER.test(path) ? folders.pop() : path.split('/').at(-1);
  const patterns = IN_FOLDER.test(path) ? [/^(\d[\d-]*)_(.+)$/] : NAMES;
  const [, number, title] = patterns.map((pattern) => pattern.exec(named ?? '')).find((found) => found !== null) ?? [];
  if (number === undefined || title === undefined) return undefined;
  const versions = folders.flatMap((folder) => VERSION.exec(folder)?.[1] ?? []);
  return { path, turn: [...versions, number].flatMap(turnOf), title: titleOf(title), text: partThatDoes(text) };
}

/** Diesel writes the day with hyphens, which part no numbers; dots and underscores of Flyway do. */
function turnOf(number: string): bigint[] {
  const parts = number.replaceAll('-', '').split(/[._]/);
  return parts.filter((part) => part !== '').map((part) => BigInt(part));
}

/** A file that has but a number is called so. */
function titleOf(title: string): string {
  const plain = title.replace(/(\.postgres(ql)?)?(\.autocommit)?$/i, '').replace(/^\.sql$/i, 'migration');
  return plain.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, 150);
}

const MARKER = /^[ \t]*--[ \t]*(?:\+goose|migrate:|\+migrate|rambler)[ \t]*(up|down)\b|^[ \t]*--[ \t]*(up|down) migration\b/i;

/** Without what goose, dbmate, sql-migrate, rambler and node-pg-migrate run to undo it. Lines stay where they are up to there. */
function partThatDoes(text: string): string {
  let undoes = false;
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const kept = lines.filter((line) => {
    const [, word, other] = MARKER.exec(line) ?? [];
    const direction = (word ?? other)?.toLowerCase();
    if (direction !== undefined) undoes = direction === 'down';
    return !undoes;
  });
  return `${kept.join('\n').trimEnd()}\n`;
}

function isEmpty(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(--.*)?$/.test(line));
}

function byTurn(a: Migration, b: Migration): number {
  const length = Math.max(a.turn.length, b.turn.length);
  for (let at = 0; at < length; at += 1) {
    const [first = 0n, second = 0n] = [a.turn[at], b.turn[at]];
    if (first !== second) return first < second ? -1 : 1;
  }
  return a.path < b.path ? -1 : 1;
}

/** As Prisma and Diesel have them, which compare texts: 20250625_b comes after 20250101000000_a. */
function byFolder(a: Migration, b: Migration): number {
  return a.path.replaceAll('-', '') < b.path.replaceAll('-', '') ? -1 : 1;
}

/**
 * The names of migrations as schema files: by their own numbers, so that later ones of the same tool come behind; counted anew where a number has
 * parts, two have one, or they do not give the order.
 */
export function nameMigrations(migrations: readonly Migration[]): readonly string[] {
  const own = migrations.map(({ turn: [first = 0n, ...rest] }) => (rest.length === 0 ? first.toString() : ''));
  const isAscending = own.every((number, index) => index === 0 || BigInt(own[index - 1] ?? '') < BigInt(number));
  const isUsable = !own.includes('') && isAscending;
  return migrations.map(({ title }, index) => {
    const number = isUsable ? (own[index] ?? '') : String(index + 1);
    return `${number.padStart(3, '0')}_${title}.sql`;
  });
}
