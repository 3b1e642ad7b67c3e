import { listGiven, pathOf } from '../given-settings.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';
import { misfitOf } from '../setting-values.ts';
import type { SettingValue } from '../settings.ts';
import { shown } from '../shown.ts';

/** Every value of postgresql.settings is one that PostgreSQL takes: of its type, within its range, with a unit that it knows. */
export const rule: Rule = ({ values }) =>
  listGiven(values).flatMap(({ name, setting, value }) => {
    const allowed = misfitOf(setting, value);
    return allowed === undefined ? [] : [findingOf(name, value, allowed)];
  });

function findingOf(name: string, value: SettingValue, allowed: string): Finding {
  const isRetyped = allowed === 'a text';
  const found = shown(value);
  const message = `${found} is not a value that ${name} takes; it must be ${allowed}`;
  const hint = isRetyped ? 'Put it between quotes: without them YAML reads it as a number, or as true or false.' : undefined;
  return { path: pathOf(name), message, hint };
}
