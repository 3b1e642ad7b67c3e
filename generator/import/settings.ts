import type { FoundServer, FoundSetting } from './found.ts';

/** Fields of a service's entry for what was set by ALTER ROLE and ALTER DATABASE, and a sentence for what has no field. */
export interface SettingFields {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly sentences: readonly string[];
}

/** The settings that the contract has fields for, and the unit of a number without one. */
const UNITS: Readonly<Record<string, string>> = {
  statement_timeout: 'ms',
  lock_timeout: 'ms',
  idle_in_transaction_session_timeout: 'ms',
  temp_file_limit: 'kB',
  work_mem: 'kB',
};

/** A service's login, and the role that logged in until now: itself, or the one whose place it takes. */
interface Login {
  readonly user: string;
  readonly before: string;
}

/** What a login's sessions had in a database. As PostgreSQL has it, what is nearer holds: of the role there, of the role, of the database. */
export function settingsOf({ settings, defaults }: FoundServer, database: string, { user, before }: Login): SettingFields {
  const own = [
    ...settings.filter((each) => each.role === before && each.database === database),
    ...settings.filter((each) => each.role === before && each.database === ''),
    ...settings.filter((each) => each.role === '' && each.database === database),
    ...settings.filter((each) => each.role === '' && each.database === ''),
  ];
  const valueOf = (name: string): string | undefined => own.find((each) => each.name === name)?.value;
  const amountOf = (name: string): string => withUnit(name, valueOf(name) ?? defaults[name] ?? '0');
  const workMem = valueOf('work_mem');
  const path = pathOf(valueOf('search_path'));
  return {
    fields: {
      timeouts: {
        statement: amountOf('statement_timeout'),
        lock: amountOf('lock_timeout'),
        idleInTransaction: amountOf('idle_in_transaction_session_timeout'),
      },
      tempFileLimit: amountOf('temp_file_limit'),
      ...(workMem === undefined ? {} : { workMem: withUnit('work_mem', workMem) }),
      ...(path === undefined || path.length === 0 ? {} : { searchPath: path }),
    },
    sentences: own.flatMap((setting) => sentenceOn(setting, user, path !== undefined)),
  };
}

/** In the contract's form. What PostgreSQL takes and the contract does not, such as 1.5min, is found by generate. */
function withUnit(name: string, value: string): string {
  const text = value
    .replaceAll(' ', '')
    .replace(/^0[a-z]*$/i, '0')
    .replace(/^-1[a-z]*$/i, '-1');
  if (text === '-1' && name.endsWith('_timeout')) return '0';
  return /^[1-9]\d*$/.test(text) ? `${text}${UNITS[name] ?? ''}` : text;
}

/** The names of a list as PostgreSQL keeps it; undefined where nothing is set, or where there is a name that the contract does not take. */
function pathOf(value: string | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const names = value.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  return names.every((name) => /^(\$user|[A-Za-z_][A-Za-z0-9_]{0,62})$/.test(name)) ? names : undefined;
}

function sentenceOn({ role, database, name, value }: FoundSetting, user: string, hasPath: boolean): string[] {
  // The last is one that provisioning gives to every service's own login.
  if (name in UNITS || (name === 'search_path' && hasPath) || name === 'lo_compat_privileges') return [];
  const shown = `${name} = ${value.slice(0, 60)}`;
  if (role !== '' && role !== user)
    return [`${shown} of ${role} has no field in values.yaml: ${user}, which takes its place, does not have it`];
  if (role !== '') return [`${shown} of ${role} has no field in values.yaml: it stays as it is, and is reported`];
  if (database === '') return [];
  return [
    `${shown} of the database goes when it is taken over: a database's settings reach the admin's sessions; have the service set it in its own`,
  ];
}
