import table from '../../postgresql/settings.json' with { type: 'json' };
import { compare } from '../problem.ts';
import { nearest } from './nearest.ts';

/** What a value of postgresql.settings may be in YAML. */
export type SettingValue = string | number | boolean;

/** What PostgreSQL says of one of its settings. */
export interface Setting {
  readonly name: string;
  /** The majors of which this is true. */
  readonly majors: readonly number[];
  /** bool, integer, real, enum or string; `renamed` for a former name. */
  readonly type: string;
  /** What a number without a unit counts: kB, 8kB, MB, B, ms, s, min. */
  readonly unit?: string;
  readonly least?: number;
  readonly most?: number;
  /** What an enum takes; which names a text may be; of a bool that a server cannot be both, the one. */
  readonly values?: readonly string[];
  /** When a server takes another value: internal (never), postmaster (at its start), sighup, superuser, user, … */
  readonly context?: string;
  /** Whether postgresql.conf may not have it. */
  readonly elsewhere?: boolean;
  /** Its present name, if this is a former one. */
  readonly now?: string;
}

/** Every setting of the majors that are supported. */
export const SETTINGS: readonly Setting[] = table.settings;

/** The setting of a name, or what it is called since; undefined when that major has none. */
export function settingOf(name: string, major: number): Setting | undefined {
  const found = SETTINGS.find((setting) => setting.name === name && setting.majors.includes(major));
  return found?.now === undefined ? found : settingOf(found.now, major);
}

/** The majors that have a setting of this name, the oldest first. */
export function majorsOf(name: string): number[] {
  return SETTINGS.filter((setting) => setting.name === name)
    .flatMap(({ majors }) => majors)
    .sort((a, b) => a - b);
}

/** The name of a setting that somebody may have meant. */
export function nearestSetting(name: string, major: number): string | undefined {
  const names = SETTINGS.filter((setting) => setting.majors.includes(major)).map((setting) => setting.name);
  return nearest(name, [...names].sort(compare));
}

/** Why a major does not know a name, as a sentence. */
export function whyNoSetting(name: string, major: number): string {
  const majors = majorsOf(name);
  if (majors.length > 0) return `PostgreSQL ${major} has no setting "${name}"; it is one of PostgreSQL ${majors.join(', ')}`;
  const meant = nearestSetting(name, major);
  return `PostgreSQL ${major} has no setting "${name}"${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** Whether postgresql.conf may have it. */
export function isForFile({ context, elsewhere }: Setting): boolean {
  return context !== 'internal' && elsewhere !== true;
}

/** Names with a dot are not PostgreSQL's but an extension's, or nobody's: PostgreSQL keeps whatever they are given. */
export function isPlaceholder(name: string): boolean {
  return name.includes('.');
}

/** The value as the chart writes it into postgresql.conf, between quotes. */
export function textOf(value: SettingValue): string {
  return String(value);
}
