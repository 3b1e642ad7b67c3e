import type { Parse } from '../generate/validate/parser.ts';

/** A dump without what is for psql, and what was taken out of it. */
export interface PlainSql {
  readonly text: string;
  readonly leftOut: readonly string[];
}

/** Lines that pg_dump begins and ends with since 15.14 and its like, against what a hostile server could put between. */
const RESTRICTION = /^\\(un)?restrict \S+$/;

const COPY = /^COPY (\S+) .*FROM stdin;$/;

/** Takes the lines for psql out, and the data of COPY, which is told. Lines stay where they are. */
export async function withoutMeta(dump: string, parse: Parse): Promise<PlainSql> {
  const lines = dump.split(/\r?\n/).map((line) => (RESTRICTION.test(line) ? '' : line));
  const leftOut: string[] = [];
  let from = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const table = COPY.exec(lines[at] ?? '')?.[1];
    const end = table === undefined ? -1 : lines.indexOf('\\.', at);
    if (end < 0 || !(await isWhole(lines.slice(from, at), parse))) continue;
    leftOut.push(`the data of ${table}, ${end - at - 1} rows: load them as the service, with psql and its connection string`);
    lines.fill('', at, end + 1);
    from = end + 1;
  }
  return { text: lines.join('\n'), leftOut };
}

/** Whether statements end there: in the body of a function stands no COPY that has data. */
async function isWhole(lines: readonly string[], parse: Parse): Promise<boolean> {
  return 'statements' in (await parse(lines.join('\n')));
}
