import { byService, type PlannedStatement } from '../server/plan.ts';
import { count } from './lists.ts';
import { finding, result, type Line } from './talk.ts';

/** A statement with its reasons, in front of it what somebody loses by it, and below it the text of a schema file that was asked for. */
export function linesOf({ statement, reason, danger, sql = '' }: PlannedStatement, others: readonly string[] = []): string {
  const mark = danger === undefined ? '' : `${danger.toUpperCase()}: `;
  const text = sql.trimEnd() === '' ? [] : ['', ...sql.trimEnd().split(/\r?\n/), ''];
  const shown = text.map((line) => (line === '' ? '' : `      ${line}`));
  const reasons = [reason, ...others].map((each) => `      ${firstLine(each)}`);
  return [`  ${mark}${firstLine(statement)}`, ...reasons, ...shown].join('\n');
}

/** The statements of each service with their reasons. One line for its entry may be what several questions are answered by: it is told once, with all of these. */
export function printStatements(statements: readonly PlannedStatement[]): Line[] {
  return [...byService(statements)].flatMap(([service, rows]) => [
    result(service),
    ...rows.flatMap((row) => {
      const alike = row.refused ? rows.filter(({ statement }) => statement === row.statement) : [row];
      if (alike[0] !== row) return [];
      const lines = linesOf(row, [...new Set(alike.map(({ reason }) => reason))].slice(1));
      return row.danger === undefined ? result(lines) : finding(lines);
    }),
  ]);
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
