/** A dump without what is for psql, and what was taken out of it. */
export interface PlainSql {
  readonly text: string;
  readonly leftOut: readonly string[];
}

/** Lines that pg_dump begins and ends with since 15.14 and its like, against what a hostile server could put between. */
const RESTRICTION = /^\\(un)?restrict \S+$/;

const COPY = /^COPY (\S+) .*FROM stdin;$/;

/** Takes the lines for psql out, and the data of COPY, which is told. Lines stay where they are. */
export function withoutMeta(dump: string): PlainSql {
  const lines = dump.split(/\r?\n/);
  const leftOut: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (RESTRICTION.test(lines[at] ?? '')) lines[at] = '';
    const table = COPY.exec(lines[at] ?? '')?.[1];
    const end = table === undefined ? -1 : lines.indexOf('\\.', at);
    if (end < 0) continue;
    leftOut.push(`the data of ${table}, ${end - at - 1} rows: load them as the service, with psql and its connection string`);
    lines.fill('', at, end + 1);
  }
  return { text: lines.join('\n'), leftOut };
}
