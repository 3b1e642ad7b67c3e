import { lineOf, positionAt, type Problem } from '../../problem.ts';

/** The line with which a file begins that runs outside a transaction. */
export const MARK = '-- shared-postgresql: no-transaction';

/** What others than the schema files of a service make, by names; the line may stand in any of these. */
export const ELSEWHERE = '-- shared-postgresql: elsewhere';

/** The same as the first in the words of goose, dbmate, sql-migrate and Atlas, whose files are taken as they are. */
const MARKS = [
  /^--\s*shared-postgresql:\s*no-transaction$/,
  /^--\s*\+goose\s+NO\s+TRANSACTION$/i,
  /^--\s*migrate:up\b.*\btransaction:\s*false\b/i,
  /^--\s*\+migrate\s+Up\b.*\bnotransaction\b/i,
  /^--\s*atlas:txmode\s+none$/i,
];

/** Whether one of the comments before the first statement says that the file runs outside a transaction. */
export function isMarked(text: string): boolean {
  const [head = ''] = /^(?:[ \t]*(?:--.*)?(?:\r?\n|$))*/.exec(text) ?? [];
  return head.split('\n').some((line) => MARKS.some((mark) => mark.test(line.trim())));
}

/** What a text says is made elsewhere: names of schemas, or of what is in them. */
export function elsewhereIn(text: string): string[] {
  const lists = [...text.matchAll(/^[ \t]*--[ \t]*shared-postgresql:[ \t]*elsewhere[ \t]+(\S.*)$/gm)];
  return lists.flatMap(([, list = '']) => list.split(',').map((name) => name.trim().replaceAll('"', '')));
}

/** A line that begins as a mark does, and is none. */
export function refuseOtherMarks(file: string, text: string): Problem[] {
  const found = /^[ \t]*--\s*shared-postgresql:(?![ \t]*elsewhere[ \t]+\S).*$/m.exec(text);
  if (!found || isMarked(text)) return [];
  const position = positionAt(text, found.index);
  const message = 'the line says nothing here';
  const hint = `What a schema file can say is "${MARK}", in the comments before its first statement, and "${ELSEWHERE} <names>" for what something else makes.`;
  return [{ file, position, message, hint, excerpt: lineOf(text, position.line) }];
}
