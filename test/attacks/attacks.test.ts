import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { deploy, refusalOf, type DeploymentInput } from '../tools/deployment.ts';
import { runHelmTest, runJob } from '../tools/job.ts';
import { violations } from '../tools/kubernetes.ts';
import { ADMIN_SECRET, dataOf, keepSecrets, pick, textsAt, withSchemaFile, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

/*
 * An attack is a file: what is tried, and either how it is refused (`refused`) or that it comes to nothing (`well`, what
 * provisioning says afterwards); both are regular expressions, as PostgreSQL's words differ between majors. What is tried is
 * - `sql`, run by a-service in its own database unless `user` with its `secret`, or `database`, name another; `connections`
 *   opens that many at once; `options` and `replication` go into the first packet. `before` is run by a-service first, and
 *   makes what is attacked. With `well` its session stays open while provisioning compares every database. Some SQL is
 *   allowed and comes to nothing: then it divides by zero.
 * - `schemaFile`, one more schema file of a-service. The generator refuses it, or the server does when it is applied; with `generate`, what the
 *   generator says, both do: whoever may write the ConfigMap brings it past the generator.
 * - `values`, another values.yaml. The generator refuses it, or provisioning of a server of its own must end well.
 * `since` is the first major that has what is attacked; older ones have nothing to attack.
 */
const ATTACKS = import.meta.dirname;
const files = readdirSync(ATTACKS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort();
const KEYS = [
  ...['what', 'since', 'user', 'secret', 'database', 'options', 'replication', 'before', 'sql', 'connections'],
  ...['schemaFile', 'generate', 'values', 'refused', 'well'],
];
const attacks = new Map<string, Record<string, string>>();
const withKey = (key: string): string[] => files.filter((file) => key in readAttack(file));

/** Each attack stands for itself. */
const PART = { tags: 'sixth' };

const VALUES = `services:
  a-service:
    connectionLimit: 10
    timeouts: { statement: 3s, idleInTransaction: 2s }
    tempFileLimit: 5MB
    roles: { reporting: { connectionLimit: 3 }, batch: { access: readwrite, connectionLimit: 3 } }
  b-service: {}
`;

test('there are enough attacks, and each says what it tries and how it ends', () => {
  expect(files.length).toBeGreaterThanOrEqual(460);
  for (const file of files) {
    const keys = Object.keys(readAttack(file));
    expect(keys, file).toContain('what');
    expect(
      keys.filter((key) => ['refused', 'well'].includes(key)),
      file,
    ).toHaveLength(1);
    expect(
      keys.filter((key) => ['sql', 'connections', 'schemaFile', 'values', 'user', 'database'].includes(key)),
      file,
    ).not.toEqual([]);
    expect(
      keys.filter((key) => !KEYS.includes(key)),
      file,
    ).toEqual([]);
  }
});

describe.each(POSTGRES_MAJORS)('a service attacks PostgreSQL %i', (major) => {
  let server: Server;
  let manifests: Manifest[];
  let admin: pg.Client;
  let victims: pg.Client[];

  beforeAll(async () => {
    ({ manifests } = await deploy({ values: VALUES, args: ['--set-string', `postgresql.version=${major}`] }));
    server = await startServer(inject('postgres')[major], manifests);
    expect((await runJob(manifests, server.port)).code).toBe(0);
    // Somebody to end, to cancel and to listen to.
    const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'];
    admin = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', password, database: 'adb' });
    await admin.connect();
    victims = [configOf({ secret: 'b-service-db-secret' }), configOf({})].map((config) => new pg.Client(config));
    for (const victim of victims) {
      await victim.connect();
      await victim.query(`SELECT 'something that is nobody else''s business'`);
    }
  });
  afterAll(async () => {
    for (const client of [admin, ...victims]) await client.end();
    await server.end();
  });

  const configOf = (attack: Record<string, string>): pg.ClientConfig => {
    const { user, password, database } = dataOf(pick(manifests, 'Secret', attack['secret'] ?? 'a-service-db-secret'));
    return {
      host: '127.0.0.1',
      port: server.port,
      password,
      user: attack['user'] ?? user,
      database: attack['database'] ?? database,
      ...('options' in attack && { options: attack['options'] }),
      ...('replication' in attack && { replication: attack['replication'] }),
    };
  };
  const isSQL = (file: string): boolean =>
    !('schemaFile' in readAttack(file) || 'values' in readAttack(file)) && Number(readAttack(file)['since'] ?? 0) <= major;

  test.each(withKey('refused').filter(isSQL))('%s', PART, async (file) => {
    const attack = readAttack(file);
    if ('before' in attack) await withClient(configOf({}), (client) => client.query(attack['before'] ?? ''));
    const attempts = Array.from({ length: Number(attack['connections'] ?? 1) }, () =>
      withClient(configOf(attack), (client) => client.query(attack['sql'] ?? 'SELECT pg_sleep(0.5)')),
    );
    // All of them end before the next attack begins.
    await Promise.allSettled(attempts);
    await expect(Promise.all(attempts), attack['what']).rejects.toThrow(new RegExp(attack['refused'] ?? ''));
  });

  test.each(withKey('well').filter(isSQL))('%s', PART, async (file) => {
    const attack = readAttack(file);
    await withClient(configOf(attack), async (client) => {
      await client.query(attack['sql'] ?? '');
      expect((await runJob(manifests, server.port, { COMPARE: 'all' })).output, attack['what']).toMatch(
        new RegExp(attack['well'] ?? ''),
      );
    });
  });

  test.each(withKey('schemaFile'))('%s', PART, async (file) => {
    const attack = readAttack(file);
    const { schemaFile: text = '', generate } = attack;
    const withFile = (content: string): DeploymentInput => ({
      values: VALUES,
      files: { 'schema/databases/a-service/901_attack.sql': content },
      // The same for every major: what the server reads is of the first deployment.
      args: ['--skip-schema-validation'],
    });
    const onServer = async (): Promise<string> => {
      // Rendered once for all of them: whether a text gets through Helm is asked in test/helm.
      const { manifests: attacked } = await deploy(withFile('SELECT 1;\n'));
      return (await runJob(keepSecrets(withSchemaFile(attacked, 'a-service.901_attack.sql', text), manifests), server.port))
        .output;
    };
    const refusal = await refusalOf(withFile(text));
    if (generate !== undefined) expect(refusal).toMatch(new RegExp(generate));
    const outcome = generate === undefined && refusal !== undefined ? refusal : await onServer();
    expect(outcome, attack['what']).toMatch(new RegExp(attack['refused'] ?? attack['well'] ?? ''));
    if (attack['refused'] !== undefined) expect(outcome).not.toContain('a-service: well');
    await admin.query('DELETE FROM shared_postgresql.schema_file');
  });

  test('after all of them, whoever was there is still there', async () => {
    for (const client of [admin, ...victims]) expect((await client.query('SELECT 1')).rowCount).toBe(1);
  });

  test('after all of them, nothing was changed that provisioning would mend', async () => {
    await admin.query('DROP SCHEMA IF EXISTS for_key');
    // Of the last schema file the ledger knows, the values do not: that alone is compared anew.
    await runJob(manifests, server.port);
    const { code, output } = await runJob(manifests, server.port, { COMPARE: 'all' });
    expect(output).toMatch(/^([ab]-service: well after \d+ ms\n){2}2 services: 2 well, 0 not\n$/);
    expect(code).toBe(0);
    expect((await runHelmTest(manifests, server.port)).code).toBe(0);
  });
});

describe('values that attack', () => {
  test.each(withKey('values').filter((file) => 'refused' in readAttack(file)))('%s', PART, async (file) => {
    const attack = readAttack(file);
    await expect(deploy({ values: attack['values'] ?? '' }), attack['what']).rejects.toThrow(new RegExp(attack['refused'] ?? ''));
  });

  test.each(withKey('values').filter((file) => 'well' in readAttack(file)))('%s', PART, async (file) => {
    const attack = readAttack(file);
    const { manifests } = await deploy({ values: attack['values'] ?? '' });
    expect(manifests.flatMap(violations)).toEqual([]);
    const server = await startServer(inject('postgres')[18], manifests);
    expect((await runJob(manifests, server.port)).output, attack['what']).toMatch(new RegExp(attack['well'] ?? ''));
    expect((await runJob(manifests, server.port)).output, attack['what']).toMatch(new RegExp(`^${attack['well'] ?? ''}\n$`));
    expect((await runHelmTest(manifests, server.port)).code, attack['what']).toBe(0);
    await server.end();
  });
});

function readAttack(file: string): Record<string, string> {
  const attack = attacks.get(file) ?? textsAt(parse(readFileSync(join(ATTACKS, file), 'utf8')));
  attacks.set(file, attack);
  return attack;
}
