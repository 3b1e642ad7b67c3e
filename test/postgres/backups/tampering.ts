import { readFileSync, writeFileSync } from 'node:fs';
import { runOk } from '../../tools/run.ts';

/** How former versions hashed a row: by 60 bits of SHA-256, then by 64 bits of a cheaper one; both of its text as a whole. */
const FORMER = {
  checksum: "('x' || left(encode(sha256(convert_to(record_out(t.*)::text, 'UTF8')), 'hex'), 15))::bit(60)::bigint",
  hash: 'hashtextextended(record_out(t.*)::text COLLATE "C", 0)',
};

/** Writes the contents of a backup as a former version did, of the database that the query is for. */
export async function writeAsBefore(
  contents: string,
  how: keyof typeof FORMER,
  query: (sql: string) => Promise<object[]>,
): Promise<void> {
  const lines = readFileSync(contents, 'utf8').trim().split('\n');
  const before = lines.map(async (line) => {
    const [, text] = /^\{"table" : (".*"), "rows" : \d+, "sent" : "-?\d+"\}$/.exec(line) ?? [];
    if (text === undefined) return line;
    const [row] = await query(selectBefore(String(JSON.parse(text)), how));
    return String(Object.values(row ?? {})[0]);
  });
  writeFileSync(contents, `${(await Promise.all(before)).join('\n')}\n`);
}

const selectBefore = (table: string, how: keyof typeof FORMER): string =>
  `SELECT json_build_object('table', $t$${table}$t$, 'rows', count(*), '${how}', coalesce(sum(${FORMER[how]}), 0)::text)::text FROM ONLY ${table} AS t`;

export function replaceIn(file: string, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
}

/** Writes the checksums of a backup anew, of what is there now. */
export async function seal(backup: string): Promise<void> {
  await runOk('bash', ['-c', 'cut -c 67- checksums | xargs -d "\\n" sha256sum >.new && mv .new checksums'], { cwd: backup });
}
