import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { deploy } from '../tools/deployment.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, pick, textsAt, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

/*
 * An attack is a file: what a-service tries, and how it is refused (a regular expression; PostgreSQL's words differ between
 * majors). `sql` is run in its own database unless `database` or `user` name another; `connections` opens that many at once.
 * Some attacks are allowed and come to nothing: their SQL divides by zero when they came to nothing.
 */
const ATTACKS = import.meta.dirname;
const files = readdirSync(ATTACKS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort();

const VALUES = `services:
  a-service: { connectionLimit: 10, timeouts: { statement: 3s, idleInTransaction: 2s }, tempFileLimit: 5MB }
  b-service: {}
`;

test('there are enough attacks, and each says what it tries and how it is refused', () => {
  expect(files.length).toBeGreaterThanOrEqual(60);
  for (const file of files) expect(Object.keys(readAttack(file)), file).toEqual(expect.arrayContaining(['what', 'refused']));
});

describe.each(POSTGRES_MAJORS)('a service attacks PostgreSQL %i', (major) => {
  let server: Server;
  let manifests: Manifest[];
  let admin: pg.Client;

  beforeAll(async () => {
    ({ manifests } = await deploy({ values: VALUES, args: ['--set-string', `postgresql.version=${major}`] }));
    server = await startServer(inject('postgres')[major], manifests);
    expect((await runJob(manifests, server.port)).code).toBe(0);
    // Somebody to end, to cancel and to listen to.
    const password = dataOf(pick(manifests, 'Secret', /-admin$/))['password'];
    admin = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', password, database: 'adb' });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await server.stop();
  });

  test.each(files)('%s', async (file) => {
    const attack = readAttack(file);
    const { user, password, database } = dataOf(pick(manifests, 'Secret', 'a-service-db-secret'));
    const config = {
      host: '127.0.0.1',
      port: server.port,
      password,
      user: attack['user'] ?? user,
      database: attack['database'] ?? database,
    };
    const attempts = Array.from({ length: Number(attack['connections'] ?? 1) }, () =>
      withClient(config, (client) => client.query(attack['sql'] ?? 'SELECT pg_sleep(0.5)')),
    );
    // All of them end before the next attack begins.
    await Promise.allSettled(attempts);
    await expect(Promise.all(attempts), attack['what']).rejects.toThrow(new RegExp(attack['refused'] ?? ''));
  });

  test('after all of them, nothing was changed that provisioning would mend', async () => {
    const { code, output } = await runJob(manifests, server.port, { COMPARE: 'all' });
    expect(output).toMatch(/^([ab]-service: well after \d+ ms\n){2}2 services: 2 well, 0 not\n$/);
    expect(code).toBe(0);
  });
});

function readAttack(file: string): Record<string, string> {
  return textsAt(parse(readFileSync(join(ATTACKS, file), 'utf8')));
}
