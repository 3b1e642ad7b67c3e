import { isRecord, valueAt } from '../generate/fields.ts';
import { NOTHING, majorOf, onServer, textIn, textsIn, type Declared, type DeclaredDatabase } from './declared.ts';

/** Reads a manifest of Zalando's operator (`kind: postgresql` of acid.zalan.do). */
export function declaredByZalando(manifest: unknown): Declared {
  const users = entriesOf(valueAt(manifest, ['spec', 'users']));
  const owned = entriesOf(valueAt(manifest, ['spec', 'databases'])).map(([name, owner]) => ({ name, owner: textIn(owner) }));
  const prepared = preparedOf(manifest);
  return {
    ...NOTHING,
    major: majorOf(textIn(manifest, 'spec', 'postgresql', 'version')),
    databases: [...owned, ...prepared.map(([name, database]) => databaseOf(name, database))],
    roles: users.map(([name, flags]) => ({ name, attributes: attributesOf(textsIn([flags], 0)), memberOf: [] })),
    remarks: [
      ...prepared.map(([name]) => ({
        about: name,
        sentence: `${name}_owner, ${name}_reader and ${name}_writer, in which others are members, are not made: roles of the service's entry are logins of their own`,
      })),
      ...LEFT.filter(({ field }) => valueAt(manifest, ['spec', ...field.split('.')]) !== undefined).map(({ field, way }) =>
        onServer(`spec.${field} is not kept: ${way}`),
      ),
    ],
  };
}

const LEFT = [
  { field: 'postgresql.parameters', way: 'postgresql.settings in values.yaml has what is for the whole server' },
  { field: 'volume', way: 'persistence in values.yaml has the size of the volume, and its class' },
  { field: 'numberOfInstances', way: 'there is one server, without a standby' },
  { field: 'resources', way: 'resources in values.yaml are those of the server' },
  { field: 'patroni', way: 'Patroni does not run here; pg_hba.conf follows from the services' },
  { field: 'connectionPooler', way: 'there is no pooler' },
  { field: 'enableConnectionPooler', way: 'there is no pooler' },
  { field: 'clone', way: 'data comes by a dump, as the login of the service' },
  { field: 'standby', way: 'data comes by a dump, as the login of the service' },
  { field: 'streams', way: 'logical replication is not declared by services' },
  { field: 'usersWithSecretRotation', way: 'rotation in the entry of a service gives it a new login' },
] as const;

/** Flags are written in any case; those that say how it is anyway are nothing to tell. */
function attributesOf(flags: readonly string[]): string[] {
  return flags.map((flag) => flag.toUpperCase()).filter((flag) => flag !== 'LOGIN' && flag !== 'INHERIT' && flag !== '');
}

/** An empty map stands for one database with the name of the cluster, as the operator has it. */
function preparedOf(manifest: unknown): [string, unknown][] {
  const prepared = valueAt(manifest, ['spec', 'preparedDatabases']);
  if (!isRecord(prepared)) return [];
  const entries = entriesOf(prepared);
  return entries.length > 0 ? entries : [[textIn(manifest, 'metadata', 'name').replaceAll('-', '_'), {}]];
}

/** A schema stands where none is named: data. The sessions of the logins that the operator makes look into all of them. */
function databaseOf(name: string, database: unknown): DeclaredDatabase {
  const named = entriesOf(valueAt(database, ['schemas'])).map(([schema]) => schema);
  const schemas = named.length > 0 ? named : ['data'];
  const hasLogins = valueAt(database, ['defaultUsers']) === true;
  return {
    name,
    owner: hasLogins ? `${name}_owner_user` : undefined,
    extensions: entriesOf(valueAt(database, ['extensions'])).map(([extension]) => extension),
    schemas: schemas.filter((schema) => schema !== 'public'),
    fields: {
      searchPath: ['$user', ...schemas],
      ...(hasLogins
        ? { roles: { reader: { user: `${name}_reader_user` }, writer: { user: `${name}_writer_user`, access: 'readwrite' } } }
        : {}),
    },
  };
}

function entriesOf(map: unknown): [string, unknown][] {
  return isRecord(map) ? Object.entries(map) : [];
}
