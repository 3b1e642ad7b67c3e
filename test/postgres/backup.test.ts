import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { VALUES, temporaryFolder } from '../tools/folders.ts';
import { template, WITH_PASSWORDS } from '../tools/helm.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, parseManifests, pick, type Manifest } from '../tools/manifests.ts';
import { run, runOk } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

/*
 * The way of docs/operate.md to back one service up and to bring it back, on PostgreSQL 15: the only major whose pg_dump is a Debian
 * package here. In a cluster the same programs run in the server's own container.
 */
describe('back up and restore by hand', () => {
  const bin = inject('postgres')[15];
  let manifests: Manifest[];
  let server: Server;
  let other: Server;

  beforeAll(async () => {
    const args = ['--values', VALUES, '--set-string', 'postgresql.version=15', ...WITH_PASSWORDS];
    manifests = parseManifests(await template(4, { args }));
    server = await startServer(bin, manifests);
    other = await startServer(bin, manifests);
    for (const { port } of [server, other]) expect((await runJob(manifests, port)).code).toBe(0);
  });
  afterAll(() => Promise.all([server.end(), other.stop()]));

  const login = (port: number): { env: NodeJS.ProcessEnv; config: object } => {
    const { user = '', password = '', database = '' } = dataOf(pick(manifests, 'Secret', 'user-service-db-secret'));
    const env = {
      PATH: process.env['PATH'],
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
    };
    return { env, config: { host: '127.0.0.1', port, user, password, database } };
  };

  test('a dump of one service is restored on another server, by the service itself', async () => {
    const insert = `INSERT INTO "Tenants" ("BusinessName") VALUES ('Salon')`;
    await withClient(login(server.port).config, (client) => client.query(insert));
    const dump = join(temporaryFolder(), 'userdb.dump');
    await runOk(
      join(bin, 'pg_dump'),
      ['--format=custom', '--exclude-schema=shared_postgresql', '--file', dump],
      login(server.port),
    );
    const restore = ['--clean', '--if-exists', '--no-owner', '--exit-on-error', '--dbname=userdb', dump];
    const { code, output } = await run(join(bin, 'pg_restore'), restore, login(other.port));
    expect({ code, output }).toEqual({ code: 0, output: '' });

    const names = await withClient(login(other.port).config, (client) => client.query('SELECT "BusinessName" FROM "Tenants"'));
    expect(names.rows).toEqual([{ BusinessName: 'Salon' }]);
    const after = await runJob(manifests, other.port, { COMPARE: 'all' });
    expect(after.output).toContain('3 services: 3 well, 0 not\n');
    expect(after.output).not.toContain('ALTER SCHEMA');
  });

  test('a dump that is no dump changes nothing', async () => {
    const dump = join(temporaryFolder(), 'broken.dump');
    writeFileSync(dump, 'nothing');
    const { code } = await run(join(bin, 'pg_restore'), ['--clean', '--if-exists', '--dbname=userdb', dump], login(other.port));
    expect(code).toBe(1);
  });
});
