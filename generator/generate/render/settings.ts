import { valueAt } from '../fields.ts';
import type { Model } from '../model.ts';
import { oncePer } from '../once.ts';
import { compare } from '../problem.ts';
import { isForFile, SETTINGS, settingOf, type Setting } from '../validate/settings.ts';
import { BANNER, type OutputFile } from './output.ts';

/** The kind of those that postgresql.settings may not have, because the chart sets them or depends on them. */
const OF_THE_CHART = 'chart';

/**
 * chart/known-settings.json: what PostgreSQL takes in postgresql.conf, for Helm, to which --set brings what the generator never sees. Every
 * release carries it, so what takes the same values stands together: `integer kB 64 2147483647`, `enum on|off|try`, `bool`, `string`. A
 * name of some majors alone has them behind it: `io_method/18-18`.
 */
export function renderSettings({ contract }: Model): OutputFile[] {
  return [{ path: 'known-settings.json', content: textFor(contract) }];
}

/** Nothing in values.yaml changes it. */
const textFor = oncePer(
  (contract: object) => `${JSON.stringify({ $comment: BANNER, settings: namesByKind(namesOfTheChart(contract)) }, null, 1)}\n`,
);

const MAJORS = [...new Set(SETTINGS.flatMap(({ majors }) => majors))].sort((a, b) => a - b);

/** The names that the contract refuses. */
function namesOfTheChart(contract: object): string[] {
  const names = valueAt(contract, ['properties', 'postgresql', 'properties', 'settings', 'propertyNames', 'not', 'enum']);
  return Array.isArray(names) ? names.map(String).sort(compare) : [];
}

function namesByKind(ofTheChart: readonly string[]): Record<string, string> {
  const names = [...new Set(SETTINGS.map(({ name }) => name))].filter((name) => !ofTheChart.includes(name)).sort(compare);
  const kinds = new Map<string, readonly string[]>([[OF_THE_CHART, ofTheChart]]);
  for (const name of names)
    for (const [kind, majors] of kindsOf(name)) kinds.set(kind, [...(kinds.get(kind) ?? []), `${name}${rangeOf(majors)}`]);
  return Object.fromEntries([...kinds].sort(([a], [b]) => compare(a, b)).map(([kind, words]) => [kind, words.join(' ')]));
}

/** What a setting takes, with the majors in which it does. */
function kindsOf(name: string): ReadonlyMap<string, number[]> {
  const kinds = new Map<string, number[]>();
  for (const major of MAJORS) {
    const setting = settingOf(name, major);
    if (setting === undefined || !isForFile(setting)) continue;
    const kind = kindOf(setting);
    kinds.set(kind, [...(kinds.get(kind) ?? []), major]);
  }
  return kinds;
}

function kindOf({ type, unit = '-', least, most, values }: Setting): string {
  if (type === 'integer' || type === 'real') return `${type} ${unit} ${least} ${most}`;
  return type === 'string' || values === undefined ? type : `${type} ${values.join('|')}`;
}

function rangeOf(majors: readonly number[]): string {
  return majors.length === MAJORS.length ? '' : `/${majors[0]}-${majors.at(-1)}`;
}
