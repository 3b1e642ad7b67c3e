import { readAmount, unitsFor } from './amounts.ts';
import { textFormOf } from './setting-texts.ts';
import { textOf, type Setting, type SettingValue } from './settings.ts';

/** What a value of a setting must be, when it is not; undefined when PostgreSQL takes it. */
export function misfitOf(setting: Setting, value: SettingValue): string | undefined {
  const text = textOf(value);
  switch (setting.type) {
    case 'bool':
      return misfitOfBoolean(setting, text);
    case 'enum':
      return isOneOf(setting.values ?? [], text) ? undefined : `one of ${shownValues(setting).join(', ')}`;
    case 'integer':
    case 'real':
      return misfitOfNumber(setting, text);
    default:
      return misfitOfText(setting, value);
  }
}

/** Spellings of on and off, which PostgreSQL takes cut short as well (parse_bool in its source). */
const BOOLEANS: readonly (readonly [string, boolean])[] = [
  ['true', true],
  ['false', false],
  ['yes', true],
  ['no', false],
  ['on', true],
  ['off', false],
];

/** A yes or no as PostgreSQL reads it; undefined when it is neither. */
export function readBoolean(text: string): boolean | undefined {
  if (text === '1' || text === '0') return text === '1';
  const word = text.toLowerCase();
  const shortest = word.startsWith('o') ? 2 : 1;
  return word.length < shortest ? undefined : BOOLEANS.find(([full]) => full.startsWith(word))?.[1];
}

function misfitOfBoolean({ values = ['on', 'off'] }: Setting, text: string): string | undefined {
  const isOn = readBoolean(text);
  const fits = isOn !== undefined && values.includes(isOn ? 'on' : 'off');
  return fits ? undefined : values.join(' or ');
}

function isOneOf(values: readonly string[], text: string): boolean {
  return values.some((value) => value.toLowerCase() === text.toLowerCase());
}

/** Without the spellings of on and off that nobody needs to be told. */
function shownValues({ values = [] }: Setting): readonly string[] {
  return values.includes('on') ? values.filter((value) => !['0', '1', 'true', 'false', 'yes', 'no'].includes(value)) : values;
}

/** A number that PostgreSQL does not take although it lies between the least and the most. */
interface Gap {
  readonly takes: (number: number) => boolean;
  readonly allowed: string;
}

/** Caches of status data are made of banks (SlruPagePrecedes and check_slru_buffers in slru.c). */
const inBanks: Gap = { takes: (number) => number % 16 === 0, allowed: 'a multiple of 16' };
/** Twice the size of a segment of the write-ahead log, which initdb made 16 MB (ReadControlFile in xlog.c). */
const twoSegments: Gap = { takes: (number) => number >= 32, allowed: 'at least 32MB' };

/** Settings with such numbers, from the hooks that check them and from what a server refuses when it starts. */
const GAPS: ReadonlyMap<string, Gap> = new Map([
  ['commit_timestamp_buffers', inBanks],
  ['io_max_concurrency', { takes: (number) => number !== 0, allowed: 'not 0' }],
  ['max_stack_depth', { takes: (number) => number <= 7680, allowed: 'at most 7680kB, as a container has a stack of 8 MB' }],
  ['max_wal_size', twoSegments],
  ['min_wal_size', twoSegments],
  ['multixact_member_buffers', inBanks],
  ['multixact_offset_buffers', inBanks],
  ['notify_buffers', inBanks],
  ['serializable_buffers', inBanks],
  ['subtransaction_buffers', inBanks],
  ['transaction_buffers', inBanks],
  ['vacuum_buffer_usage_limit', { takes: (number) => number === 0 || number >= 128, allowed: '0, or at least 128kB' }],
]);

function misfitOfNumber(setting: Setting, text: string): string | undefined {
  const { name, type, unit, least = -Infinity, most = Infinity } = setting;
  const number = readAmount(text, unit, type === 'integer');
  const gap = GAPS.get(name);
  const fits = number !== undefined && number >= least && number <= most && (gap?.takes(number) ?? true);
  return fits ? undefined : [rangeOf(setting), ...(gap ? [gap.allowed] : [])].join(', and ');
}

function rangeOf({ type, unit, least, most }: Setting): string {
  const count = type === 'integer' ? 'a whole number' : 'a number';
  const range = `${count} from ${least}${most === undefined || most > 1e300 ? '' : ` to ${most}`}`;
  const units = unitsFor(unit);
  return units.length === 0 ? range : `${range} (in ${unit}), or one with a unit: ${units.join(', ')}`;
}

/** The name that PostgreSQL looks up: that of a configuration may stand there in any case, and with its schema (stringToQualifiedNameList). */
function nameIn(setting: string, text: string): string {
  return setting === 'default_text_search_config' ? text.toLowerCase().replace(/^pg_catalog\./, '') : text;
}

function misfitOfText({ name, values }: Setting, value: SettingValue): string | undefined {
  if (values?.includes(nameIn(name, textOf(value))) === false) return `one of ${values.join(', ')}`;
  const form = textFormOf(name);
  if (form?.takes(textOf(value)) === false) return form.allowed;
  return typeof value === 'string' || form?.isOftenRetyped === true ? undefined : 'a text';
}
