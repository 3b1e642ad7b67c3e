import { leavesOf, type Field } from '../generate/fields.ts';
import type { Report } from './report.ts';
import { number } from './words.ts';

interface RestartsView {
  /** Until when services come and go without a restart. */
  readonly sentence: string;
  readonly columns: readonly Column[];
}

interface Column {
  readonly title: string;
  /** Names of values.yaml with fields below them. */
  readonly groups: readonly Group[];
  /** Fields of their own. */
  readonly single: readonly string[];
}

interface Group {
  readonly name: string;
  /** Whether all fields below the name are alike; then none is named. */
  readonly isWhole: boolean;
  readonly fields: readonly string[];
}

/** What restarts the server, and what does not. */
export function restartsView({ generated: { model } }: Report): RestartsView {
  const { needed, available } = model.budget.connections;
  const left = number(Math.max(0, available - needed));
  return {
    sentence: `A service that comes, changes or goes restarts nothing, as long as its connections fit the ${left} that are left of ${number(available)}.`,
    columns: [
      columnOf('Restarts the server', model.fields, ({ effect }) => effect === 'restart'),
      columnOf('Restarts nothing', model.fields, ({ effect }) => effect !== 'restart'),
    ],
  };
}

function columnOf(title: string, fields: readonly Field[], belongs: (field: Field) => boolean): Column {
  const groups = fields
    .filter((field) => field.fields.length > 0)
    .map((field) => groupOf(field, belongs))
    .filter(({ isWhole, fields: below }) => isWhole || below.length > 0);
  return { title, groups, single: fields.filter((field) => field.fields.length === 0 && belongs(field)).map(({ path }) => path) };
}

function groupOf(field: Field, belongs: (field: Field) => boolean): Group {
  const leaves = leavesOf(field);
  const own = leaves.filter(belongs);
  const isWhole = own.length === leaves.length;
  return { name: field.path, isWhole, fields: isWhole ? [] : own.map(({ path }) => path.slice(field.path.length + 1)) };
}
