import { nearest } from '../nearest.ts';
import { ELSEWHERE, MARK } from '../statements/mark.ts';
import type { Refusal } from '../statements/refusal.ts';
import type { ColumnFault } from './columns.ts';
import type { Known } from './made.ts';
import type { Name } from './name.ts';

/** The way out where others than the schema files had their hands in it. */
function unlessElsewhere(name: Name): string {
  return `If something else changes ${name.name}, say so in any schema file of the service, also a new one: "${ELSEWHERE} ${name.name}".`;
}

/** What is made though it is there. */
export function refuseTwin(
  name: Name,
  { file = '' }: Known,
  way = 'Leave the statement out, drop that before, or give this another name.',
): Refusal {
  return { message: `${name.name} is there already: ${file} makes it`, hint: `${way} ${unlessElsewhere(name)}` };
}

/** What is done to a column that is not there, or to one that is. */
export function refuseColumn(table: Name, { file = '', columns }: Known, { what, column }: ColumnFault): Refusal {
  const elsewhere = unlessElsewhere(table);
  if (what === 'there') {
    const message = `the table ${table.name}, which ${file} makes, has a column "${column}" already`;
    return {
      message,
      hint: `Leave the statement out, or drop the column before: a file before this one adds it as well. ${elsewhere}`,
    };
  }
  const meant = nearest(column, [...(columns ?? new Map<string, Name>()).keys()]);
  const hint = meant === undefined ? 'Add it before.' : `Did you mean ${meant}?`;
  return {
    message: `the table ${table.name}, which ${file} makes, has no column "${column}" at this place`,
    hint: `${hint} ${elsewhere}`,
  };
}

/** A procedure that ends the transaction in which it is called. */
export function refuseEnding({ name }: Name): Refusal {
  const message = `the procedure ${name} ends a transaction, and a schema file is one`;
  const hint = `Begin the file with the line "${MARK}": then each statement is run by itself, and must be safe to repeat.`;
  return { message, hint, runsOutside: true };
}
