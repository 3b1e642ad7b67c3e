import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parserOfPostgres } from '../../generator/generate/validate/parser.ts';
import { servicesOfDeclared } from '../../generator/import/declared-services.ts';
import { valuesOfDeclared } from '../../generator/import/files.ts';
import { declaredByFiles } from '../../generator/import/kinds.ts';

/* What files of other tools declare, as services and sentences. test/commands/import-from.test.ts does it as a program. */
const SECRET = 'never-to-be-told';

interface Imported {
  readonly values: unknown;
  readonly sentences: readonly string[];
  readonly schemas: readonly string[];
  readonly unknown: readonly string[];
}

const importOf = async (...texts: string[]): Promise<Imported> => {
  const files = texts.map((text, index) => ({ file: `file-${index + 1}`, text }));
  const { declared, unknown } = await declaredByFiles(files, parserOfPostgres(18));
  const { services, major, remarks } = servicesOfDeclared(declared);
  const text = valuesOfDeclared(services, major);
  const sentences = remarks.map(({ about, sentence }) => `${about}: ${sentence}`);
  expect([text, ...sentences].join('\n')).not.toContain(SECRET);
  return { values: parse(text), sentences, schemas: services.map(({ schema }) => schema), unknown };
};

const BITNAMI = `
image: { tag: 16.2.0-debian-11-r1 }
auth: { username: harbor, database: registry, password: ${SECRET}, existingSecret: pg-auth }
primary:
  persistence: { size: 8Gi }
  initdb:
    scripts:
      more.sql: |
        CREATE USER clair PASSWORD '${SECRET}' CREATEDB;
        CREATE DATABASE clair_db OWNER clair CONNECTION LIMIT 9;
        GRANT ALL ON DATABASE clair_db TO clair;
        CREATE TABLE t (i int);
metrics: { enabled: false }
`;

test("the values of Bitnami's chart: its user, its database, and what its scripts make", async () => {
  const { values, sentences } = await importOf(BITNAMI);
  expect(values).toEqual({
    postgresql: { version: '16' },
    services: {
      registry: { database: 'registry', user: 'harbor' },
      'clair-db': { database: 'clair_db', user: 'clair', connectionLimit: 9 },
    },
  });
  expect(sentences).toEqual([
    "clair_db: clair is not CREATEDB any more: no service's login is",
    'server: the Secret pg-auth is not taken over: existingSecret in the entry of a service names one that has the key password',
    'server: primary.persistence is not kept: persistence in values.yaml has the size of the volume, and its class',
    'server: more.sql: privileges in it (1) are not kept: who opens what follows from the services',
    'server: more.sql: what else it does (1) is not kept: statements that make tables are for schema files of a service',
  ]);
});

test('the same as a subchart, where what is global comes first', async () => {
  const { values } = await importOf(`
global: { postgresql: { auth: { username: app, postgresPassword: ${SECRET} } } }
postgresql: { auth: { username: other, database: shop } }
`);
  expect(values).toEqual({ services: { shop: { database: 'shop', user: 'app' } } });
});

const CLUSTER = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: main }
spec:
  instances: 3
  imageName: ghcr.io/cloudnative-pg/postgresql:17.2-bookworm@sha256:0
  bootstrap:
    initdb:
      database: gitlab
      owner: gitlab_app
      postInitApplicationSQL: [CREATE EXTENSION pg_trgm, ALTER ROLE gitlab_app PASSWORD '${SECRET}']
      postInitTemplateSQL: [CREATE EXTENSION intarray]
  managed:
    roles:
      - { name: dante, createdb: true, connectionLimit: 4, inRoles: [pg_monitor] }
      - { name: reader, login: true }
      - { name: gone, ensure: absent }
---
apiVersion: postgresql.cnpg.io/v1
kind: Database
metadata: { name: one }
spec:
  name: one
  owner: dante
  localeProvider: icu
  icuLocale: en
  extensions: [{ name: bloom }, { name: hstore, ensure: absent }, { name: vector }]
  schemas: [{ name: app, owner: dante }]
  tablespace: fast
`;

test("CloudNativePG's Cluster and Database", async () => {
  const { values, sentences, schemas } = await importOf(CLUSTER);
  expect(values).toEqual({
    postgresql: { version: '17', allowedExtensions: ['bloom'] },
    services: {
      gitlab: { database: 'gitlab', user: 'gitlab_app', extensions: ['pg_trgm'] },
      one: {
        database: 'one',
        user: 'dante',
        connectionLimit: 4,
        extensions: ['bloom'],
        locale: { provider: 'icu', name: 'en' },
      },
    },
  });
  expect(schemas).toEqual(['', 'CREATE SCHEMA "app";\n']);
  expect(sentences).toEqual([
    "one: dante is not CREATEDB any more: no service's login is",
    'one: dante is not a member of pg_monitor any more',
    'one: extension vector is not declared: it is none that PostgreSQL ships; name it in extensions and postgresql.allowedExtensions where the image has it',
    'server: role reader owns no database; it is not declared: a further login of a service stands in roles of its entry',
    'gitlab: spec.bootstrap.initdb.postInitTemplateSQL is not kept',
    'server: spec.instances is not kept: there is one server, without a standby',
    'one: spec.tablespace has no field in the entry of a service',
    'server: spec.bootstrap.initdb.postInitApplicationSQL[1]: what else it does (1) is not kept: statements that make tables are for schema files of a service',
  ]);
});

test('a Cluster that says nothing has the database app, and a List of kubectl is what it holds', async () => {
  const { values, sentences } = await importOf(`
apiVersion: v1
kind: List
items:
  - { apiVersion: postgresql.cnpg.io/v1, kind: Cluster, spec: {} }
  - { apiVersion: postgresql.cnpg.io/v1, kind: DatabaseRole, spec: { name: job, superuser: true } }
`);
  expect(values).toEqual({ services: { app: { database: 'app' } } });
  expect(sentences).toEqual([
    'app: its owner app cannot be its login: a role with the name of a database is the key that opens it. The service gets the login app_user',
    'server: role job is SUPERUSER; it is not declared: a further login of a service stands in roles of its entry',
  ]);
});

test('a Cluster that is made of another has its databases elsewhere', async () => {
  const { values, sentences } = await importOf(
    'apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nspec: { bootstrap: { recovery: { source: old } } }\n',
  );
  expect(values).toEqual({ services: {} });
  expect(sentences.join('\n')).toContain('import them from the live server, by --url');
});

const ZALANDO = `
apiVersion: acid.zalan.do/v1
kind: postgresql
metadata: { name: team-main }
spec:
  teamId: team
  numberOfInstances: 2
  users: { zalando: [superuser, CREATEDB, login], foo_user: [] }
  databases: { foo: zalando, bar: zalando }
  preparedDatabases:
    prep:
      defaultUsers: true
      extensions: { pgcrypto: public }
      schemas: { data: {}, history: { defaultRoles: true } }
  postgresql: { version: "14" }
`;

test("Zalando's postgresql: users, databases, and prepared ones with their logins and schemas", async () => {
  const { values, sentences, schemas } = await importOf(ZALANDO);
  expect(values).toEqual({
    services: {
      foo: { database: 'foo', user: 'zalando' },
      bar: { database: 'bar' },
      prep: {
        database: 'prep',
        user: 'prep_owner_user',
        extensions: ['pgcrypto'],
        searchPath: ['$user', 'data', 'history'],
        roles: { reader: { user: 'prep_reader_user' }, writer: { user: 'prep_writer_user', access: 'readwrite' } },
      },
    },
  });
  expect(schemas.at(-1)).toBe('CREATE SCHEMA "data";\nCREATE SCHEMA "history";\n');
  expect(sentences).toEqual([
    "foo: zalando is not SUPERUSER and CREATEDB any more: no service's login is",
    'bar: its owner zalando cannot be its login: it is the login of another service, and a login has one database. The service gets the login bar_user',
    'server: role foo_user owns no database; it is not declared: a further login of a service stands in roles of its entry',
    'server: PostgreSQL 14 cannot be had: 15, 16, 17, 18 can, and nothing said is the newest',
    "prep: prep_owner, prep_reader and prep_writer, in which others are members, are not made: roles of the service's entry are logins of their own",
    'server: spec.numberOfInstances is not kept: there is one server, without a standby',
  ]);
});

test('prepared databases that are none are one with the name of the cluster, and the schema data', async () => {
  const { values } = await importOf(
    'apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: { name: a-b }\nspec: { preparedDatabases: {} }\n',
  );
  expect(values).toEqual({ services: { 'a-b': { database: 'a_b', searchPath: ['$user', 'data'] } } });
});

const COMPOSE = `
services:
  app: { image: shop, environment: { POSTGRES_DB: not_this_one } }
  db:
    image: postgres:16-alpine
    environment:
      - POSTGRES_USER=\${DB_USER:-shop}
      - POSTGRES_PASSWORD=${SECRET}
      - POSTGRES_DB=shopdb
    volumes: ['./init.sh:/docker-entrypoint-initdb.d/init.sh:ro', 'data:/var/lib/postgresql/data']
`;

const SCRIPT = `#!/bin/bash
psql --username "$POSTGRES_USER" <<-EOSQL
    CREATE EXTENSION citext;
    CREATE USER grafana_app WITH PASSWORD '$GRAFANA' CREATEDB;
    CREATE USER keycloak WITH PASSWORD '${SECRET}';
    CREATE DATABASE keycloak OWNER keycloak;
    CREATE DATABASE grafana;
    ALTER DATABASE grafana OWNER TO grafana_app;
    CREATE DATABASE $OTHER;
    SELECT 'CREATE DATABASE jobs' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'jobs')\\gexec
    \\c grafana
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EOSQL
`;

test('a compose file with its init script, which begins in the database of the container', async () => {
  const { values, sentences } = await importOf(SCRIPT, COMPOSE);
  expect(values).toEqual({
    postgresql: { version: '16' },
    services: {
      shopdb: { database: 'shopdb', user: 'shop', extensions: ['citext'] },
      keycloak: { database: 'keycloak' },
      grafana: { database: 'grafana', user: 'grafana_app', extensions: ['pg_trgm'] },
      jobs: { database: 'jobs' },
    },
  });
  expect(sentences).toEqual([
    "shopdb: shop is not SUPERUSER any more: no service's login is",
    'keycloak: its owner keycloak cannot be its login: a role with the name of a database is the key that opens it. The service gets the login keycloak_user',
    "grafana: grafana_app is not CREATEDB any more: no service's login is",
    'server: db: ./init.sh is not read: give each of its scripts by a further --from',
    'server: file-1: a name in it is a variable of the shell: the database or role was not taken',
    'server: file-1: of this shell script only what it gives psql by << was read',
  ]);
});

test('a variable without a default says no name, and the database postgres is no service', async () => {
  const { values, sentences } = await importOf(
    'services: { a: { image: "postgis/postgis:17-3.5", environment: { POSTGRES_DB: "${NAME}" } }, b: { image: postgres } }\n',
  );
  expect(values).toEqual({ postgresql: { version: '17' }, services: {} });
  expect(sentences).toEqual([
    "postgres: it is the admin's own, and no service's: what is to be in it needs a database of its own",
    'server: a: its user or database is what NAME is outside the file: write it into the file, or a default',
  ]);
});

test('SQL that cannot be read is told by its line, never by its text', async () => {
  const { sentences } = await importOf(`CREATE DATABASE a;\n\\c a\n\nCREATE USER b ${SECRET};\n`);
  expect(sentences).toEqual(['server: file-1: line 4 cannot be read as SQL: nothing of what stands with it was taken']);
});

test.each([
  ['another chart', 'auth: { passwords: generated }\nservices: { a: { database: b } }\n'],
  ['a template of Helm', '{{- if .Values.a }}\napiVersion: postgresql.cnpg.io/v1\nkind: Cluster\n{{- end }}\n'],
  ['an alias of nothing', 'auth: *nothing\n'],
  ['nothing', ''],
  ['SQL that declares nothing', 'CREATE TABLE t (i int);\n'],
])('%s is none of what is known', async (_, text) => {
  expect((await importOf(text)).unknown).toEqual(['file-1']);
});
