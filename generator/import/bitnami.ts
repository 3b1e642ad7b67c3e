import { isRecord, valueAt } from '../generate/fields.ts';
import { NOTHING, majorOf, onServer, textIn, type Declared, type InitScript } from './declared.ts';
import type { Remark } from './found.ts';

/** The part of somebody's values that is for Bitnami's chart: they as a whole, or what stands at `postgresql` for it as a subchart. */
export function findBitnami(values: unknown): unknown {
  const below = valueAt(values, ['postgresql']);
  return [values, below].find((part) => isOfBitnami(part)) ?? (isGlobal(values) ? values : undefined);
}

const KEYS_OF_AUTH = ['username', 'database', 'postgresPassword', 'enablePostgresUser', 'replicationUsername'];

function isOfBitnami(part: unknown): boolean {
  const auth = valueAt(part, ['auth']);
  const hasAuth = isRecord(auth) && KEYS_OF_AUTH.some((key) => key in auth);
  const isOld = isRecord(part) && ('postgresqlUsername' in part || 'postgresqlDatabase' in part);
  return hasAuth || isOld || isRecord(valueAt(part, ['primary', 'initdb']));
}

function isGlobal(values: unknown): boolean {
  return isRecord(valueAt(values, ['global', 'postgresql', 'auth']));
}

/** Reads the values of Bitnami's chart postgresql. What stands in `global` comes first, as the chart has it. */
export function declaredByBitnami(whole: unknown): Declared {
  const values = findBitnami(whole);
  const own = (key: string, old: string): string =>
    textIn(whole, 'global', 'postgresql', 'auth', key) || textIn(values, 'auth', key) || textIn(values, old);
  const user = own('username', 'postgresqlUsername');
  const database = own('database', 'postgresqlDatabase') || 'postgres';
  return {
    ...NOTHING,
    major: majorOf(textIn(values, 'image', 'tag')),
    databases: [{ name: database, owner: user }],
    scripts: scriptsOf(values, database),
    remarks: [...remarksOnAuth(values, user), ...remarksOn(values)],
  };
}

function scriptsOf(values: unknown, database: string): InitScript[] {
  return [valueAt(values, ['primary', 'initdb', 'scripts']), valueAt(values, ['initdbScripts'])]
    .flatMap((scripts) => (isRecord(scripts) ? Object.entries(scripts) : []))
    .flatMap(([name, text]) => (typeof text === 'string' ? [{ where: name, text, database }] : []));
}

function remarksOnAuth(values: unknown, user: string): Remark[] {
  const secret = textIn(values, 'auth', 'existingSecret');
  const isUsers = secret !== '' && user !== '';
  return isUsers
    ? [
        onServer(
          `the Secret ${secret} is not taken over: existingSecret in the entry of a service names one that has the key password`,
        ),
      ]
    : [];
}

const LEFT: readonly (readonly [path: readonly string[], way: string])[] = [
  [['primary', 'persistence'], 'persistence in values.yaml has the size of the volume, and its class'],
  [['primary', 'resources'], 'resources in values.yaml are those of the server'],
  [['primary', 'configuration'], 'postgresql.settings in values.yaml has what is for the whole server'],
  [['primary', 'extendedConfiguration'], 'postgresql.settings in values.yaml has what is for the whole server'],
  [['primary', 'pgHbaConfiguration'], 'pg_hba.conf follows from the services'],
  [['primary', 'initdb', 'scriptsConfigMap'], 'give its scripts by a further --from'],
  [['primary', 'initdb', 'scriptsSecret'], 'give its scripts by a further --from'],
  [['readReplicas'], 'there is one server, without a standby'],
  [['backup'], 'backup in values.yaml has the schedule, and where backups go'],
  [['metrics'], 'no exporter runs beside the server'],
  [['tls'], 'tls in values.yaml says where the certificate comes from'],
  [['ldap'], 'logins have passwords or certificates'],
];

function remarksOn(values: unknown): Remark[] {
  return LEFT.filter(([path]) => isSaid(valueAt(values, path))).map(([path, way]) =>
    onServer(`${path.join('.')} is not kept: ${way}`),
  );
}

/** A copy of the chart's own values says empty things, and that what is off is off. */
function isSaid(value: unknown): boolean {
  if (isRecord(value)) return value['enabled'] !== false && Object.values(value).some(isSaid);
  return value !== undefined && value !== null && value !== '' && value !== false;
}
