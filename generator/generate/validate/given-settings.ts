import type { Path } from '../problem.ts';
import type { CompleteValues } from './contract.ts';
import { majorOf } from './image.ts';
import { readAmount } from './amounts.ts';
import { misfitOf, readBoolean } from './setting-values.ts';
import { isForFile, isPlaceholder, settingOf, textOf, type Setting, type SettingValue } from './settings.ts';

/** A setting that values.yaml gives, and that PostgreSQL knows. */
export interface GivenSetting {
  readonly path: Path;
  /** As values.yaml names it. */
  readonly name: string;
  readonly setting: Setting;
  readonly value: SettingValue;
}

/** Where a setting stands in the values. */
export function pathOf(name: string): Path {
  return ['postgresql', 'settings', name];
}

/** The settings that postgresql.conf may have. What else there is, is for a rule to say. */
export function listGiven(values: CompleteValues): GivenSetting[] {
  return Object.entries(values.postgresql.settings).flatMap(([name, value]) => {
    const setting = isPlaceholder(name) ? undefined : settingOf(name, majorOf(values));
    return setting !== undefined && isForFile(setting) ? [{ path: pathOf(name), name, setting, value }] : [];
  });
}

/** What the server will have, for rules between settings: what values.yaml gives and PostgreSQL takes, or else what they say is PostgreSQL's own. */
export interface Effective {
  text(name: string, usual: string): string;
  number(name: string, usual: number): number;
  isOn(name: string, usual: boolean): boolean;
}

export function effectiveSettings(values: CompleteValues): Effective {
  const fitting = listGiven(values).filter(({ setting, value }) => misfitOf(setting, value) === undefined);
  const given = new Map(fitting.map((each) => [each.setting.name, each]));
  const text = (name: string, usual: string): string => textOf(given.get(name)?.value ?? usual);
  return {
    text,
    number: (name, usual) => {
      const found = given.get(name);
      return found === undefined ? usual : (readAmount(textOf(found.value), found.setting.unit, true) ?? usual);
    },
    isOn: (name, usual) => readBoolean(text(name, String(usual))) ?? usual,
  };
}
