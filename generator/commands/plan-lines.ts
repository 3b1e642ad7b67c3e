import { byService, type PlannedStatement } from '../server/plan.ts';
import { count } from './lists.ts';
import { finding, result, type Line } from './talk.ts';

/** A statement with its reason, in front of it what somebody loses by it, and below it the text of a schema file that was asked for. */
export function linesOf({ statement, reason, danger, sql = '' }: PlannedStatement): string {
  const mark = danger === undefined ? '' : `${danger.toUpperCase()}: `;
  const text = sql.trimEnd() === '' ? [] : ['', ...sql.trimEnd().split(/\r?\n/), ''];
  const shown = text.map((line) => (line === '' ? '' : `      ${line}`));
  return [`  ${mark}${firstLine(statement)}`, `      ${firstLine(reason)}`, ...shown].join('\n');
}

/** The statements of each service with their reasons. */
export function printStatements(statements: readonly PlannedStatement[]): Line[] {
  return [...byService(statements)].flatMap(([service, rows]) => [
    result(service),
    ...foldedOf(rows).map((row) => (row.danger === undefined ? result(linesOf(row)) : finding(linesOf(row)))),
  ]);
}

/** One line may be the answer to several questions: whoever takes over a database takes its roles over by the same line of the entry. */
function foldedOf(rows: readonly PlannedStatement[]): readonly PlannedStatement[] {
  return rows.filter((row, index) => !row.refused || rows.findIndex(({ statement }) => statement === row.statement) === index);
}

/** How many statements take something from somebody: `2 statements lock out and 1 statement drops` */
export function sentenceOn(dangers: readonly PlannedStatement[]): string {
  const drops = dangers.filter(({ danger }) => danger === 'drops').length;
  const locks = dangers.length - drops;
  return [
    ...(locks > 0 ? [`${count(locks, 'statement')} ${locks === 1 ? 'locks' : 'lock'} a login out`] : []),
    ...(drops > 0 ? [`${count(drops, 'statement')} ${drops === 1 ? 'drops' : 'drop'} a database or role`] : []),
  ].join(' and ');
}

function firstLine(statement: string): string {
  return statement.replace(/\n[^]*/, ' ...');
}
