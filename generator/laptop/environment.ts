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
