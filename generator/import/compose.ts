import { isRecord, valueAt } from '../generate/fields.ts';
import { listIn, majorOf, merge, NOTHING, onServer, tagOf, textIn, type Declared, type DeclaredDatabase } from './declared.ts';
import type { Remark } from './found.ts';

/** An image that runs PostgreSQL: its own, or one that begins with it. */
const IMAGE = /(^|\/)(postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha)(:|@|$)/;

/** Whether a document is a compose file with a PostgreSQL in it. */
export function isCompose(document: unknown): boolean {
  return serversOf(document).length > 0;
}

function serversOf(document: unknown): [string, unknown][] {
  const services = valueAt(document, ['services']);
  if (!isRecord(services)) return [];
  return Object.entries(services).filter(([, service]) => IMAGE.test(defaultOf(textIn(service, 'image')).text));
}

/** Reads the containers of a compose file that run PostgreSQL. */
export function declaredByCompose(document: unknown): Declared {
  return merge(serversOf(document).map(([name, service]) => declaredByContainer(name, service)));
}

function declaredByContainer(name: string, service: unknown): Declared {
  const environment = environmentOf(service);
  const given = (...keys: string[]): Given => environment.get(keys.find((key) => environment.has(key)) ?? '') ?? SILENT;
  const user = given('POSTGRES_USER', 'POSTGRESQL_USERNAME');
  const database = given('POSTGRES_DB', 'POSTGRESQL_DATABASE');
  const owner = user.text;
  const more = given('POSTGRES_MULTIPLE_DATABASES')
    .text.split(/[\s,]+/)
    .filter((each) => each !== '');
  const named = [database.text || owner || 'postgres', ...more].map((each) => ({ name: each, owner }));
  const unknown = [user, database].filter(({ variable }) => variable !== undefined);
  return {
    ...NOTHING,
    major: majorOf(tagOf(defaultOf(textIn(service, 'image')).text)),
    databases: unknown.length > 0 ? [] : named,
    roles: rolesOf(named, owner),
    remarks: [
      ...unknown.map(({ variable }) =>
        onServer(`${name}: its user or database is what ${variable} is outside the file: write it into the file, or a default`),
      ),
      ...remarksOn(name, service),
    ],
  };
}

/** The image makes its user a superuser. */
function rolesOf(databases: readonly DeclaredDatabase[], owner: string): Declared['roles'] {
  return owner === '' || databases.length === 0 ? [] : [{ name: owner, attributes: ['SUPERUSER'], memberOf: [] }];
}

interface Given {
  readonly text: string;
  /** What the text would come from, where the file does not say it. */
  readonly variable?: string;
}

const SILENT: Given = { text: '' };

/** Only what is asked for is looked up in it: passwords stay where they are. */
function environmentOf(service: unknown): ReadonlyMap<string, Given> {
  const environment = valueAt(service, ['environment']);
  const pairs = isRecord(environment)
    ? Object.keys(environment).map((key): [string, string] => [key, textIn(environment, key)])
    : listIn(service, 'environment').map((line): [string, string] => {
        const [key = '', ...rest] = String(line).split('=');
        return [key, rest.join('=')];
      });
  return new Map(pairs.map(([key, value]) => [key, defaultOf(value)]));
}

/** What compose makes of variables when nothing sets them. */
function defaultOf(text: string): Given {
  const filled = text.replaceAll(/\$\{\w+:?-([^${}]*)\}/g, '$1');
  const variable = /\$\{?(\w+)/.exec(filled.replaceAll('$$', ''))?.[1];
  return variable === undefined ? { text: filled } : { text: '', variable };
}

function remarksOn(name: string, service: unknown): Remark[] {
  const mounts = listIn(service, 'volumes').map((volume) =>
    typeof volume === 'string' ? volume : `${textIn(volume, 'source')}:${textIn(volume, 'target')}`,
  );
  const scripts = mounts
    .filter((mount) => mount.includes('/docker-entrypoint-initdb.d'))
    .map((mount) => mount.split(':')[0] ?? '');
  const files = valueAt(service, ['env_file']);
  return [
    ...scripts.map((script) => onServer(`${name}: ${script} is not read: give each of its scripts by a further --from`)),
    ...(files === undefined
      ? []
      : [onServer(`${name}: env_file is not read: POSTGRES_DB and POSTGRES_USER are taken from environment`)]),
    ...(valueAt(service, ['command']) === undefined
      ? []
      : [onServer(`${name}: command is not kept: postgresql.settings in values.yaml has what is for the whole server`)]),
  ];
}
