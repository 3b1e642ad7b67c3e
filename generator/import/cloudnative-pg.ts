import { isRecord, valueAt } from '../generate/fields.ts';
import { isLibcLocale } from '../generate/validate/locales.ts';
import {
  NOTHING,
  listIn,
  majorOf,
  onServer,
  tagOf,
  textIn,
  textsIn,
  type Declared,
  type DeclaredRole,
  type InitScript,
} from './declared.ts';
import type { Remark } from './found.ts';

/** Reads a Cluster of CloudNativePG: the database that initdb makes, and the roles that it manages. */
export function declaredByCluster(manifest: unknown): Declared {
  const initdb = valueAt(manifest, ['spec', 'bootstrap', 'initdb']);
  const bootstrap = valueAt(manifest, ['spec', 'bootstrap']);
  const isMadeAnew = initdb !== undefined || bootstrap === undefined;
  const database = textIn(initdb, 'database') || 'app';
  return {
    ...NOTHING,
    major: majorOf(textIn(manifest, 'spec', 'imageCatalogRef', 'major') || tagOf(textIn(manifest, 'spec', 'imageName'))),
    databases: isMadeAnew ? [{ name: database, owner: textIn(initdb, 'owner') || database, fields: fieldsOf(initdb) }] : [],
    roles: listIn(manifest, 'spec', 'managed', 'roles').filter(isPresent).map(roleOf),
    scripts: [...scriptsOf(initdb, 'postInitApplicationSQL', database), ...scriptsOf(initdb, 'postInitSQL', 'postgres')],
    remarks: [...remarksOnInitdb(initdb, database), ...remarksOnCluster(manifest, isMadeAnew)],
  };
}

/** Each entry of such a list is a statement, or several. */
function scriptsOf(initdb: unknown, key: string, database: string): InitScript[] {
  const where = `spec.bootstrap.initdb.${key}`;
  return textsIn(initdb, key).map((text, index) => ({ where: `${where}[${index}]`, text, database }));
}

/** Reads a DatabaseRole of CloudNativePG. */
export function declaredByDatabaseRole(manifest: unknown): Declared {
  const spec = valueAt(manifest, ['spec']);
  return { ...NOTHING, roles: isPresent(spec) ? [roleOf(spec)] : [] };
}

/** Reads a Database of CloudNativePG. */
export function declaredByDatabase(manifest: unknown): Declared {
  const spec = valueAt(manifest, ['spec']);
  const name = textIn(spec, 'name');
  if (!isPresent(spec))
    return { ...NOTHING, remarks: [{ about: name, sentence: 'it is declared as absent: it becomes no service' }] };
  const limit = valueAt(spec, ['connectionLimit']);
  const left = [
    'fdws',
    'servers',
    'tablespace',
    'template',
    'isTemplate',
    'allowConnections',
    'icuRules',
    'localeCollate',
    'localeCType',
  ];
  return {
    ...NOTHING,
    databases: [
      {
        name,
        owner: textIn(spec, 'owner'),
        extensions: listIn(spec, 'extensions').filter(isPresent).map(nameOf),
        schemas: listIn(spec, 'schemas')
          .filter(isPresent)
          .map(nameOf)
          .filter((schema) => schema !== 'public'),
        fields: {
          ...(typeof limit === 'number' && limit > 0 ? { connectionLimit: limit } : {}),
          ...fieldsOf(spec),
        },
      },
    ],
    remarks: left
      .filter((key) => valueAt(spec, [key]) !== undefined)
      .map((key) => ({ about: name, sentence: `spec.${key} has no field in the entry of a service` })),
  };
}

const LOCALE = ['encoding', 'localeProvider', 'locale', 'icuLocale', 'builtinLocale'];

/** A locale that no image can be sure to have is left to whoever reads values.yaml. */
function fieldsOf(spec: unknown): Record<string, unknown> {
  const encoding = textIn(spec, 'encoding');
  const provider = textIn(spec, 'localeProvider') || 'libc';
  const name = textIn(spec, provider === 'libc' ? 'locale' : `${provider}Locale`);
  const isKnown = name !== '' && (provider !== 'libc' || isLibcLocale(name));
  return { ...(encoding === '' ? {} : { encoding }), ...(isKnown ? { locale: { provider, name } } : {}) };
}

function isPresent(declared: unknown): boolean {
  return textIn(declared, 'ensure') !== 'absent';
}

function nameOf(declared: unknown): string {
  return textIn(declared, 'name');
}

const ATTRIBUTES = ['superuser', 'createdb', 'createrole', 'replication', 'bypassrls'];

function roleOf(role: unknown): DeclaredRole {
  const limit = valueAt(role, ['connectionLimit']);
  const isOn = (key: string): boolean => valueAt(role, [key]) === true;
  return {
    name: nameOf(role),
    attributes: ATTRIBUTES.filter(isOn).map((each) => each.toUpperCase()),
    memberOf: [...textsIn(role, 'inRoles'), ...textsIn(role, 'in_role')],
    ...(typeof limit === 'number' && limit > 0 ? { connectionLimit: limit } : {}),
  };
}

function remarksOnInitdb(initdb: unknown, database: string): Remark[] {
  const known = ['database', 'owner', 'secret', 'dataChecksums', 'postInitApplicationSQL', 'postInitSQL', ...LOCALE];
  const others = isRecord(initdb) ? Object.keys(initdb).filter((key) => !known.includes(key)) : [];
  return others.map((key) => ({ about: database, sentence: `spec.bootstrap.initdb.${key} is not kept` }));
}

const LEFT: Readonly<Record<string, string>> = {
  instances: 'there is one server, without a standby',
  storage: 'persistence in values.yaml has the size of the volume, and its class',
  walStorage: 'the log lies on the volume of the data',
  tablespaces: 'everything lies on one volume',
  resources: 'resources in values.yaml are those of the server',
  backup: 'backup in values.yaml has the schedule, and where backups go',
  replica: 'there is one server, without a standby',
  externalClusters: 'data comes by a dump, as the login of the service',
};

function remarksOnCluster(manifest: unknown, isMadeAnew: boolean): Remark[] {
  const parameters = valueAt(manifest, ['spec', 'postgresql', 'parameters']);
  return [
    ...(isMadeAnew
      ? []
      : [
          onServer(
            'the cluster is made of another: its databases are not in the manifest; import them from the live server, by --url',
          ),
        ]),
    ...Object.entries(LEFT)
      .filter(([key]) => valueAt(manifest, ['spec', key]) !== undefined)
      .map(([key, way]) => onServer(`spec.${key} is not kept: ${way}`)),
    ...(isRecord(parameters)
      ? [
          onServer(
            `${Object.keys(parameters).join(', ')} of spec.postgresql.parameters: postgresql.settings in values.yaml has what is for the whole server`,
          ),
        ]
      : []),
  ];
}
