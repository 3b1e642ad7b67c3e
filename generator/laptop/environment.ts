import { connectionOf, type Login } from '../generate/connections.ts';

/** The variables of an .env file, each with the Secret's key that it has the text of: what libraries look for by themselves, then the rest. */
const VARIABLES: readonly (readonly [variable: string, key: string])[] = [
  ['DATABASE_URL', 'uri'],
  ['ConnectionStrings__Default', 'connection-string'],
  ['SPRING_DATASOURCE_URL', 'jdbc-uri'],
  ['PGHOST', 'PGHOST'],
  ['PGPORT', 'PGPORT'],
  ['PGDATABASE', 'PGDATABASE'],
  ['PGUSER', 'PGUSER'],
  ['PGPASSWORD', 'PGPASSWORD'],
  ['PGSSLMODE', 'PGSSLMODE'],
  ['PGPASS', 'pgpass'],
];

/** The forms that these are taken from. */
const FORMS = ['uri', 'connection-string', 'jdbc-uri', 'environment', 'pgpass'] as const;

/** What the connection Secret of a login holds by its keys, for a server of this machine, which speaks no TLS. */
export function localConnectionOf(login: Login): Readonly<Record<string, string>> {
  return connectionOf(login, { forms: [...FORMS], sslmode: 'disable', authorityFile: '', templates: {} });
}

/** The .env file of a login, with its shadow database if there is one. */
export function environmentFileOf(login: Login, shadow?: Login): string {
  const connection = localConnectionOf(login);
  const variables = VARIABLES.map(([variable, key]): [string, string] => [variable, connection[key] ?? '']);
  const further = shadow ? [['SHADOW_DATABASE_URL', localConnectionOf(shadow)['uri'] ?? ''] as const] : [];
  return [...variables, ...further].map(([variable, text]) => `${variable}=${quote(text)}\n`).join('');
}

/** Between single quotes where a shell would read more than a word. */
function quote(text: string): string {
  return /^[\w.:/@?=-]*$/.test(text) ? text : `'${text}'`;
}
