import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectionOf } from '../../generator/generate/connections.ts';
import { generate, type Generated } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { readPlan } from '../../generator/server/plan.ts';
import { certificateOf } from '../tools/authority.ts';
import { deploy, type Deployment } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, pick } from '../tools/manifests.ts';
import { project } from '../tools/project.ts';
import { run, type Result } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';
import { MIGRATION_TOOLS, MISSING_TOOLS, type MigrationTool } from './migration-tools.ts';
import { copyOf } from './prepare.ts';
import forms from '../../chart/connections/forms.json' with { type: 'json' };

/*
 * Teams that migrate by their own tool: the real one, logged in as the service over TLS, by what its Secret holds. What it makes is the service's, the
 * read-only login reads it, and no plan sees drift in it.
 */
const services = Object.fromEntries(MIGRATION_TOOLS.map(({ name }) => [name, { connectionLimit: 5, roles: { reader: {} } }]));
const AUTHORITY = join(temporaryFolder(), 'ca.crt');
let deployment: Deployment;
let generated: Generated;
let server: Server;

beforeAll(async () => {
  deployment = await deploy({ values: JSON.stringify({ services }) });
  generated = await generate(readInput({ values: join(deployment.chart, '../values.yaml') }, project));
  writeFileSync(AUTHORITY, certificateOf(deployment.manifests)['ca.crt'] ?? '');
  server = await startServer(inject('postgres')[18], deployment.manifests);
  expect(await runJob(deployment.manifests, server.port)).toMatchObject({ code: 0 });
});
afterAll(() => server.end());

/** What a pod of the service has in its environment; the server is this machine's. */
function environmentOf(secret: string): Record<string, string> {
  const { username: user = '', database = '', password = '' } = dataOf(pick(deployment.manifests, 'Secret', secret));
  const login = { host: 'localhost', port: server.port, user, database, password };
  const keys = connectionOf(login, {
    forms: Object.keys(forms),
    sslmode: 'verify-full',
    authorityFile: AUTHORITY,
    templates: {},
  });
  const variables = Object.fromEntries(Object.entries(keys).filter(([key]) => key.startsWith('PG')));
  const { uri = '', 'node-uri': node = '', 'jdbc-uri': jdbc = '', 'sqlalchemy-uri': sqlalchemy = '' } = keys;
  return {
    ...variables,
    PGSSLROOTCERT: AUTHORITY,
    DATABASE_URL: uri,
    NODE_URL: node,
    JDBC_URL: jdbc,
    SQLALCHEMY_URL: sqlalchemy,
  };
}

describe.each(MIGRATION_TOOLS)('$name', (tool) => {
  test('migrates as the service, up and down, and nothing of that is drift', { timeout: 900_000 }, async ({ skip }) => {
    const cwd = copyOf(join('migrations', tool.name));
    await tool.prepare(cwd).catch((error: unknown) => skip(`${tool.name}: ${String(error).slice(0, 300)}`));
    const migrate = migrationOf(tool, cwd);
    for (const direction of stepsOf(tool)) {
      const runs = direction === 'both up' ? [migrate('up'), migrate('up')] : [migrate(direction)];
      for (const { code, output } of await Promise.all(runs)) expect(code, `${direction}: ${output}`).toBe(0);
    }
    const reader = environmentOf(`${tool.name}-reader-db-secret`);
    expect(await run('psql', ['-Atc', 'SELECT count(*) FROM orders'], { env: { ...process.env, ...reader } })).toMatchObject({
      output: '0\n',
    });
    expect(await planOf(tool.name)).toEqual([]);
  });
});

/** Once alone and once more; where it has a lock, first from two pods at once. */
function stepsOf({ goesDown, locks }: MigrationTool): readonly ('up' | 'down' | 'both up')[] {
  return [locks ? 'both up' : 'up', 'up', ...(goesDown ? (['down', 'up'] as const) : [])];
}

function migrationOf({ name }: MigrationTool, cwd: string): (direction: 'up' | 'down') => Promise<Result> {
  const env = { ...process.env, ...environmentOf(`${name}-db-secret`) };
  return (direction) => run('bash', ['migrate.sh', direction], { cwd, env });
}

/** What provisioning would do in the service's database now, or report of it. */
async function planOf(service: string): Promise<unknown[]> {
  const { password } = dataOf(pick(deployment.manifests, 'Secret', ADMIN_SECRET));
  const connection = { host: '127.0.0.1', port: server.port, user: 'postgres', password };
  const rows = await readPlan({ connection, generated, compare: 'all' });
  return rows.filter((row) => [service, 'server'].includes(row.service));
}

for (const [name, reason] of Object.entries(MISSING_TOOLS)) test(name, ({ skip }) => skip(reason));
