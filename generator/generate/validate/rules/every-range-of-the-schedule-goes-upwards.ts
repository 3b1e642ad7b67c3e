import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The names that may stand for numbers in each of the five fields. */
const NAMES: readonly (readonly string[])[] = [[], [], [], MONTHS, WEEKDAYS];

/** A schedule names months and weekdays as cron does, and its ranges go upwards. */
export const rule: Rule = ({ values }) => [
  ...findWrong(['provisioning', 'schedule'], values.provisioning.schedule),
  ...findWrong(['backup', 'schedule'], values.backup.schedule),
];

function findWrong(path: Finding['path'], schedule: string): Finding[] {
  const fields = schedule.startsWith('@') ? [] : schedule.split(/ +/);
  const wrong = fields.flatMap((field, index) => field.split(',').filter((part) => !goesUpwards(part, NAMES[index] ?? [])));
  return wrong.map((part) => ({
    path,
    message: `${part} is no part of a cron expression`,
    hint: 'A range goes from the lower to the higher, as 1-5 or mon-fri; sunday is 0.',
  }));
}

function goesUpwards(part: string, names: readonly string[]): boolean {
  const ends = part.replace(/\/.*/, '').split('-');
  const [from, to = from] = ends.map((end) => (/^[A-Za-z]/.test(end) ? names.indexOf(end.toLowerCase()) : Number(end)));
  return /^[*?]/.test(part) || part === '' || (from !== undefined && to !== undefined && from >= 0 && from <= to);
}
