import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { PROJECT, temporaryFolder, VALUES } from '../tools/folders.ts';
import { template, WITH_PASSWORDS } from '../tools/helm.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, parseManifests, pick, secretList, type Manifest } from '../tools/manifests.ts';
import { run, type Result } from '../tools/run.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

/*
 * The blocks of the pages that want a cluster only to reach the server and to have its Secrets are run as they stand there. In kubectl's place is
 * a function that hands out the Secrets of the reference deployment, and runs here what would run in the server's pod: on PostgreSQL 15,
 * whose pg_dump is the one that Debian has.
 */
const KUBECTL = `kubectl() {
  case "$1 $2" in
    "port-forward "*) ;;
    "get secrets") cat "$SECRETS/list" ;;
    "get secret") cat "$SECRETS/$3" ;;
    "exec "*) until [ "$1" = -- ]; do shift; done; shift; "$@" ;;
    *) echo "nobody stands in for: kubectl $*" >&2; return 1 ;;
  esac
}
`;

/** The block of a page that holds a line. */
function blockWith(page: string, line: string): string {
  const text = readFileSync(join(PROJECT, page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  const found = blocks.filter((block) => block.includes(line));
  expect(found, `${page}: ${line}`).toHaveLength(1);
  return found[0] ?? '';
}

const bin = inject('postgres')[15];
const folder = temporaryFolder();
let manifests: Manifest[];
let server: Server;

beforeAll(async () => {
  const args = ['--values', VALUES, '--set-string', 'postgresql.version=15', ...WITH_PASSWORDS];
  manifests = parseManifests(await template(4, { args }));
  server = await startServer(bin, manifests);
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets/list'), secretList(manifests));
  for (const name of ['shared-postgresql-secret', 'user-service-db-secret']) {
    const password = dataOf(pick(manifests, 'Secret', name))['password'] ?? '';
    writeFileSync(join(folder, 'secrets', name), Buffer.from(password).toString('base64'));
  }
});
afterAll(() => server.end());

function runBlock(block: string, cwd = folder): Promise<Result> {
  const admin = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'];
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    SECRETS: join(folder, 'secrets'),
    PGPORT: String(server.port),
    // What the pod has for the admin.
    ...(block.includes('PGPASSWORD') ? {} : { PGHOST: '127.0.0.1', PGUSER: 'postgres', PGPASSWORD: admin }),
  };
  return run('bash', ['-c', `set -o pipefail\n${KUBECTL}${block}`], { cwd, env });
}

test('plan, apply, verify', async () => {
  const { code, output } = await runBlock(blockWith('docs/operate.md', 'npm run plan '), PROJECT);
  expect(output).toMatch(/^\d+ statements for server, appointment-service, notification-service, user-service$/m);
  expect(output).toContain('3 services: 3 well, 0 not\n');
  expect(output).toMatch(/^\| userdb_user +\| +- +\| +- +\| +- +\| +- +\| +open +\|$/m);
  expect(code, output).toBe(0);
});

test('a look around as the admin', async () => {
  const { code, output } = await runBlock(blockWith('docs/operate.md', 'psql --list'));
  expect(output).toMatch(/^ userdb +\| postgres/m);
  expect(output).toMatch(/^ userdb_user +\|/m);
  expect(code, output).toBe(0);
});

test('a dump of one service, and its way back', async () => {
  expect((await runJob(manifests, server.port)).code).toBe(0);
  const { user, password, database } = dataOf(pick(manifests, 'Secret', 'user-service-db-secret'));
  const as = { host: '127.0.0.1', port: server.port, user, password, database };
  const block = blockWith('docs/operate.md', 'exec pg_dump');
  const [, dump = '', restore = ''] = /^([^]*)(\{ password; [^]*)$/.exec(block) ?? [];
  const definitions = dump.slice(0, dump.indexOf('\npassword | '));
  await withClient(as, (client) => client.query(`INSERT INTO "Tenants" ("BusinessName") VALUES ('Salon')`));
  expect(await runBlock(dump)).toMatchObject({ code: 0, output: '' });
  await withClient(as, (client) => client.query(`DELETE FROM "Tenants"`));
  expect(await runBlock(`${definitions}\n${restore}`)).toMatchObject({ code: 0, output: '' });
  const { rows } = await withClient(as, (client) => client.query<object>('SELECT "BusinessName" FROM "Tenants"'));
  expect(rows).toEqual([{ BusinessName: 'Salon' }]);
});
