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

/** Sorts what a tool has: golang-migrate, goose, dbmate, Flyway, Prisma, Diesel, and plain numbered files. */
export function sortMigrations(files: readonly Named[]): SortedMigrations {
  const leftOut: string[] = [];
  const unnumbered: string[] = [];
  const migrations = files.flatMap((file) => {
    const why = whyLeftOut(file.path);
    if (why !== undefined) leftOut.push(`${file.path}: ${why}`);
    const read = why === undefined ? readMigration(file) : undefined;
    if (why === undefined && read === undefined) unnumbered.push(file.path);
    if (read !== undefined && !isEmpty(read.text)) return [read];
    if (read !== undefined) leftOut.push(`${file.path}: there is no statement in it`);
    return [];
  });
  return { migrations: migrations.sort(byTurn), leftOut, unnumbered };
}

function whyLeftOut(path: string): string | undefined {
  const name = path.split('/').at(-1) ?? '';
  if (/^(.*[._-])?(down|undo)\.sql$/i.test(name) || /^U\d[\d._]*__/.test(name)) return 'it undoes another';
  if (/^R__/.test(name)) return 'Flyway repeats it at each change, and a schema file is applied once: put it into a new one';
  if (/^B\d[\d._]*__/.test(name)) return 'a baseline of Flyway has what the files before it make';
  return undefined;
}

/** Flyway's; a number, an underscore and a name, with `.up` of golang-migrate; and a folder for each, of Prisma and Diesel. */
function readMigration({ path, text }: Named): Migration | undefined {
  const [name = '', folder = ''] = path.split('/').reverse();
  const isInFolder = /^(migration|up)\.sql$/i.test(name);
  const found = isInFolder
    ? /^(\d[\d-]*)_(.+)$/.exec(folder)
    : (/^V(\d[\d._]*?)__(.+)\.sql$/i.exec(name) ?? /^(\d[\d-]*)[_-](.+?)(?:\.up)?\.sql$/i.exec(name));
  const [, number, title] = found ?? [];
  if (number === undefined || title === undefined) return undefined;
  return { path, turn: turnOf(number), title: titleOf(title), text: partThatDoes(text) };
}

/** Diesel writes the day with hyphens, which part no numbers; dots and underscores of Flyway do. */
function turnOf(number: string): bigint[] {
  const parts = number.replaceAll('-', '').split(/[._]/);
  return parts.filter((part) => part !== '').map((part) => BigInt(part));
}

function titleOf(title: string): string {
  return title.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, 150);
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

/**
 * The names of migrations as schema files: by their own numbers, so that later ones of the same tool come behind; counted anew where a number has
 * parts, or two have one.
 */
export function nameMigrations(migrations: readonly Migration[]): readonly string[] {
  const own = migrations.map(({ turn: [first = 0n, ...rest] }) => (rest.length === 0 ? first.toString() : ''));
  const isUsable = !own.includes('') && new Set(own).size === own.length;
  return migrations.map(({ title }, index) => {
    const number = isUsable ? (own[index] ?? '') : String(index + 1);
    return `${number.padStart(3, '0')}_${title}.sql`;
  });
}
