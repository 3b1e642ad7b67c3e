/** How a login reaches its database. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/**
 * What its connection Secret holds, by the Secret's keys: the template shared-postgresql.connection, without Helm. No form escapes anything: a
 * password that is made here has letters and digits alone.
 */
export function connectionSecretOf({ host, port, database, user, password }: Login): Readonly<Record<string, string>> {
  return {
    type: 'postgresql',
    provider: 'shared-postgresql',
    host,
    port: String(port),
    database,
    dbname: database,
    username: user,
    user,
    password,
    uri: `postgresql://${user}:${password}@${host}:${port}/${database}`,
    'jdbc-uri': `jdbc:postgresql://${host}:${port}/${database}?user=${user}&password=${password}`,
    pgpass: `${host}:${port}:${database}:${user}:${password}`,
    'connection-string': `Host=${host};Port=${port};Database=${database};Username=${user};Password=${password}`,
  };
}

/** The variables of an .env file, each with the Secret's key that it has the text of: what libraries look for by themselves, then the rest. */
const VARIABLES: readonly (readonly [variable: string, key: string])[] = [
  ['DATABASE_URL', 'uri'],
  ['ConnectionStrings__Default', 'connection-string'],
  ['SPRING_DATASOURCE_URL', 'jdbc-uri'],
  ['PGHOST', 'host'],
  ['PGPORT', 'port'],
  ['PGDATABASE', 'database'],
  ['PGUSER', 'user'],
  ['PGPASSWORD', 'password'],
  ['PGPASS', 'pgpass'],
];

/** The .env file of a login, with its shadow database if there is one. */
export function environmentFileOf(login: Login, shadow?: Login): string {
  const secret = connectionSecretOf(login);
  const variables = VARIABLES.map(([variable, key]): [string, string] => [variable, secret[key] ?? '']);
  const further = shadow ? [['SHADOW_DATABASE_URL', connectionSecretOf(shadow)['uri'] ?? ''] as const] : [];
  return [...variables, ...further].map(([variable, text]) => `${variable}=${quote(text)}\n`).join('');
}

/** Between single quotes where a shell would read more than a word. */
function quote(text: string): string {
  return /^[\w.:/@-]*$/.test(text) ? text : `'${text}'`;
}
