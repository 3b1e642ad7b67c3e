import { isEncoding } from './encodings.ts';

/** What a setting that is a text must look like, so that PostgreSQL takes it. */
export interface TextForm {
  readonly takes: (text: string) => boolean;
  readonly allowed: string;
  /** Whether YAML's true and false are as good as a text. */
  readonly isOftenRetyped?: boolean;
}

/** The form of a setting; undefined when PostgreSQL takes any text. */
export function textFormOf(name: string): TextForm | undefined {
  return FORMS.get(name);
}

const SLOT = /^[a-z0-9_]{1,63}$/;
const LSN = /^[0-9a-f]{1,8}\/[0-9a-f]{1,8}$/i;
const BOOLEAN_WORDS = ['on', 'off', 'true', 'false', 'yes', 'no', '1', '0'];
/** Names of standbys, or a number of them (syncrep_gram.y). */
const STANDBY = String.raw`(?:\*|\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|"(?:[^"]|"")+")`;
const SOME = String.raw`\s*${STANDBY}\s*(?:,\s*${STANDBY}\s*)*`;
const STANDBYS = new RegExp(String.raw`^\s*$|^${SOME}$|^\s*(?:(?:ANY|FIRST)\s+)?[1-9]\d*\s*\(${SOME}\)\s*$`, 'i');
/** The resource managers that can be checked (PostgreSQL's rmgrlist.h). */
const RESOURCE_MANAGERS = ['heap2', 'heap', 'btree', 'hash', 'gin', 'gist', 'sequence', 'spgist', 'brin', 'generic'];

/** A list of names as PostgreSQL splits it (SplitIdentifierString): bare words without a blank, or anything between quotes, of which an inner one is doubled. */
const IDENTIFIER = String.raw`(?:"(?:[^"]|"")*"|[^\s,"][^\s,]*)`;
const identifiers = matching(
  new RegExp(String.raw`^\s*(?:${IDENTIFIER}\s*(?:,\s*${IDENTIFIER}\s*)*)?$`),
  'names with commas between them; one with other characters than letters, digits and underscores between double quotes',
);

const orEmpty = ({ takes, allowed }: TextForm): TextForm => ({
  takes: (text) => text === '' || takes(text),
  allowed: `${allowed}, or empty`,
});
const aspects = words(['receipt', 'authentication', 'authorization', 'setup_durations', 'all']);
const logConnections: TextForm = {
  takes: (text) => BOOLEAN_WORDS.includes(text.toLowerCase()) || aspects.takes(text),
  allowed: `on, off, or ${aspects.allowed}`,
  isOftenRetyped: true,
};
const timeZone: TextForm = { takes: isTimeZone, allowed: 'the name of a time zone, such as UTC or Europe/Berlin' };

/** What the hooks of PostgreSQL's source check (check_* in guc_tables.c and where those functions are). */
const FORMS: ReadonlyMap<string, TextForm> = new Map<string, TextForm>([
  ['backtrace_functions', matching(/^[A-Za-z0-9_,\s]*$/, 'names of functions: letters, digits, underscores and commas')],
  ['client_encoding', { takes: (text) => isEncoding(text), allowed: 'an encoding of PostgreSQL, such as UTF8 or LATIN1' }],
  ['createrole_self_grant', words(['set', 'inherit'])],
  ['datestyle', { takes: isDateStyle, allowed: 'ISO, SQL, Postgres or German, and YMD, DMY or MDY, with a comma between them' }],
  ['debug_io_direct', words(['data', 'wal', 'wal_init'])],
  ['default_tablespace', matching(/^(?!pg_global$)/, 'a tablespace for databases, and pg_global is none')],
  ['dynamic_library_path', amongFolders('$libdir')],
  ['extension_control_path', amongFolders('$system')],
  ['log_connections', logConnections],
  ['log_destination', words(['stderr', 'csvlog', 'jsonlog', 'syslog'])],
  ['log_timezone', timeZone],
  ['primary_slot_name', orEmpty(matching(SLOT, 'the name of a replication slot: lower-case letters, digits and underscores'))],
  ['recovery_target', matching(/^(immediate)?$/, 'immediate, or empty')],
  ['recovery_target_lsn', orEmpty(matching(LSN, 'a position in the write-ahead log, such as 0/3000000'))],
  ['recovery_target_name', matching(/^.{0,63}$/s, 'at most 63 characters')],
  ['recovery_target_time', matching(/^$|\d/, 'a date and a time, such as 2026-01-31 12:00:00+00')],
  ['restrict_nonsystem_relation_kind', words(['view', 'foreign-table'])],
  ['search_path', identifiers],
  [
    'synchronized_standby_slots',
    { takes: isListOf((word) => /^\w+$/.test(word)), allowed: 'names of replication slots, with commas between them' },
  ],
  [
    'synchronous_standby_names',
    matching(STANDBYS, 'names of standbys with commas between them, or ANY or FIRST, a number, and such names in brackets'),
  ],
  ['temp_tablespaces', identifiers],
  ['timezone', timeZone],
  ['timezone_abbreviations', matching(/^(Default|Australia|India)$/, 'Default, Australia or India')],
  ['wal_consistency_checking', words(['all', ...RESOURCE_MANAGERS])],
]);

function matching(pattern: RegExp, allowed: string): TextForm {
  return { takes: (text) => pattern.test(text), allowed };
}

/** Folders of a search path. Without PostgreSQL's own, nothing that it brings is found. */
function amongFolders(own: string): TextForm {
  return { takes: (text) => text.split(':').includes(own), allowed: `folders with colons between them, ${own} among them` };
}

/** A list of known words, in any case. */
function words(known: readonly string[]): TextForm {
  const takes = isListOf((word) => known.includes(word.toLowerCase()));
  return { takes, allowed: `empty, or one or more of ${known.join(', ')}, with commas between them` };
}

function isListOf(isKnown: (word: string) => boolean): (text: string) => boolean {
  return (text) => text.trim() === '' || listItems(text).every(isKnown);
}

/** The parts of a list in postgresql.conf, without the quotes that each may have. */
export function listItems(text: string): string[] {
  return text.split(',').map((part) => part.trim().replace(/^"(.*)"$/, '$1'));
}

/** How PostgreSQL reads each word, which may be longer than it needs to be (check_datestyle in its source). */
const STYLES: readonly RegExp[] = [/^iso$/, /^sql$/, /^postgres/, /^german$/];
const ORDERS: readonly RegExp[] = [/^ymd$/, /^(dmy$|euro)/, /^(mdy|us)$|^noneuro/];

function isDateStyle(text: string): boolean {
  const given = text.trim() === '' ? [] : listItems(text).map((word) => word.toLowerCase());
  const asked = (known: readonly RegExp[]): RegExp[] => known.filter((pattern) => given.some((word) => pattern.test(word)));
  const isKnown = (word: string): boolean => word === 'default' || [...STYLES, ...ORDERS].some((pattern) => pattern.test(word));
  return given.every(isKnown) && asked(STYLES).length <= 1 && asked(ORDERS).length <= 1;
}

/** POSIX's own form of a zone, and hours from UTC, which PostgreSQL takes beside names. */
const ZONE_WITHOUT_NAME = /^([^\d,+<-]+|<[^>]+>)[+-]?\d{1,3}(?!\d)[^,]*$|^[+-]?\d{1,2}(\.\d+)?$/;

/** JavaScript knows the same zones, those of the time zone database. */
function isTimeZone(text: string): boolean {
  return ZONE_WITHOUT_NAME.test(text) || (/^[A-Za-z]/.test(text) && isNamedZone(text));
}

function isNamedZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).format(0) !== '';
  } catch {
    return false;
  }
}
