import { leavesOf, type Field } from '../generate/fields.ts';
import type { Report } from './report.ts';
import { number } from './words.ts';

interface RestartsView {
  /** Until when services come and go without a restart. */
  readonly sentence: string;
  readonly restarting: readonly Group[];
  readonly harmless: readonly Group[];
}

/** Fields below one name of values.yaml. */
interface Group {
  readonly name: string;
  readonly fields: readonly string[];
}

/** What restarts the server, and what does not. */
export function restartsView({ generated: { model } }: Report): RestartsView {
  const { needed, available } = model.budget.connections;
  const fields = model.fields.flatMap(leavesOf);
  return {
    sentence:
      `A service that comes, changes or goes restarts nothing, as long as its connections fit the ${number(Math.max(0, available - needed))} ` +
      `that are left of ${number(available)}.`,
    restarting: groupsOf(fields.filter(({ effect }) => effect === 'restart')),
    harmless: groupsOf(fields.filter(({ effect }) => effect !== 'restart')),
  };
}

function groupsOf(fields: readonly Field[]): Group[] {
  const groups = new Map<string, string[]>();
  for (const { path } of fields) {
    const [name = '', ...below] = path.split('.');
    groups.set(name, [...(groups.get(name) ?? []), ...(below.length > 0 ? [below.join('.')] : [])]);
  }
  return [...groups].map(([name, below]) => ({ name, fields: below }));
}
