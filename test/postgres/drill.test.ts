import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runJob, runMade } from '../tools/job.ts';
import { deployOn, endWith, startLab } from '../tools/lab.ts';
import { dataOf, pick, type Manifest } from '../tools/manifests.ts';
import { run } from '../tools/run.ts';
import { startServer, withClient } from '../tools/server.ts';

/*
 * The blocks of docs/backup.md, one after the other as they stand there, on PostgreSQL 15, whose tools are a Debian package. In the place of kubectl and
 * helm are functions that write down what they were asked for; the Jobs among it are run as they were rendered, and what is deleted must be there.
 */
const CLUSTER = `kubectl() {
  case "$1 $2" in
    "create job")
      name=
      for word; do case "$word" in --from=cronjob/*) name=\${word#--from=cronjob/} ;; esac; done
      [ -n "$name" ] || { echo "no CronJob in: kubectl $*" >&2; return 1; }
      case "$*" in *--dry-run=client*--output=yaml*) echo "run $name" ;; *) echo "run $name" >>"$CALLS" ;; esac ;;
    "set env") shift 2; read -r call; for word; do case "$word" in --*) ;; *) call="$call $word" ;; esac; done; echo "$call" ;;
    "create --filename=-") cat >>"$CALLS" ;;
    "delete "*) echo "$@" >>"$CALLS" ;;
    "logs "* | "wait "*) ;;
    *) echo "nobody stands in for: kubectl $*" >&2; return 1 ;;
  esac
}
helm() { echo "helm $1" >>"$CALLS"; }
`;
const PAGE = readFileSync(join(PROJECT, 'docs/backup.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
const DRILL = BLOCKS.slice(BLOCKS.findIndex((block) => block.includes('TO=userdb_old')));
const NOW = BLOCKS.find((block) => block.includes('backup-now')) ?? '';
const [RESTORE = ''] = /^restore\(\) \{\n[^]*?^\}\n/m.exec(PAGE) ?? [];

const INPUT = {
  values: `backup: { schedule: '@daily' }
services: { other-service: {}, user-service: { database: userdb, user: userdb_user } }
`,
  files: { 'schema/databases/user-service/001_tenants.sql': 'CREATE TABLE "Tenants" (id integer PRIMARY KEY, name text);\n' },
};
const WITH_COPIES = { ...INPUT, values: INPUT.values.replace('{ ', "{ copy: { to: 'offsite:databases' }, ") };

/** What a block asked the cluster for, a line for each. */
async function callsOf(block: string, environment: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const calls = join(temporaryFolder(), 'calls');
  const { code, output } = await run('bash', ['-c', `set -eo pipefail\n${CLUSTER}${RESTORE}${block}`], {
    env: { PATH: process.env['PATH'], CALLS: calls, ...environment },
  });
  expect(code, output).toBe(0);
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
}

/** Where what a block asks for is done. */
interface Ground {
  readonly manifests: readonly Manifest[];
  readonly port: number;
  readonly backups: string;
}

/** Does what a block asks for, one after the other. */
async function drill(ground: Ground, block = ''): Promise<void> {
  for (const call of await callsOf(block)) await answer(ground, call);
}

async function answer({ manifests, port, backups }: Ground, call: string): Promise<void> {
  const [verb, name = '', ...rest] = call.split(' ');
  if (verb === 'delete') {
    for (const path of [name, ...rest]) {
      const [kind = '', own = ''] = path.split('/');
      const named = manifests.filter((each) => each.kind.toLowerCase() === kind && each.metadata.name === own);
      expect(named, path).toHaveLength(1);
    }
  } else {
    const environment = Object.fromEntries(rest.map((word) => [word.split('=')[0] ?? '', word.split('=')[1] ?? '']));
    const made = { name, backups, environment };
    const { code, output } = await (verb === 'helm' ? runJob(manifests, port) : runMade(manifests, port, made));
    expect(code, `${call}\n${output}`).toBe(0);
  }
}

const rowsOn = (manifests: readonly Manifest[], port: number): Promise<object[]> => {
  const { user, password, database } = dataOf(pick(manifests, 'Secret', 'user-service-db-secret'));
  return withClient(
    { host: '127.0.0.1', port, user, password, database },
    async (client) => (await client.query<object>('SELECT name FROM "Tenants"')).rows,
  );
};

test('what is lost comes back by the blocks of the page', async (context) => {
  const lab = endWith(context, await startLab(15, INPUT));
  const manifests = lab.manifests();
  const backups = temporaryFolder();
  handOver(backups);
  const ground = { manifests, port: lab.server.port, backups };
  const [beside, copy, database, volume, cluster, ...rest] = DRILL;
  expect(rest).toEqual([]);
  expect((await lab.job()).code).toBe(0);
  const salon = [{ name: 'Salon' }];
  await lab.as('user-service-db-secret', `INSERT INTO "Tenants" VALUES (1, 'Salon')`);
  await drill(ground, NOW);

  await lab.as('user-service-db-secret', 'DELETE FROM "Tenants"');
  await drill(ground, beside);
  const { user, password } = lab.login('user-service-db-secret');
  const login = { PGHOST: '127.0.0.1', PGPORT: String(ground.port), PGUSER: user, PGPASSWORD: String(password) };
  await callsOf(copy ?? '', login);
  expect(await rowsOn(manifests, ground.port)).toEqual(salon);

  await lab.admin('DROP DATABASE userdb WITH (FORCE)');
  await drill(ground, database);
  expect(await rowsOn(manifests, ground.port)).toEqual(salon);

  const another = await startServer(inject('postgres')[15], manifests);
  context.onTestFinished(() => another.end());
  await drill({ ...ground, port: another.port }, volume);
  expect(await rowsOn(manifests, another.port)).toEqual(salon);

  // Copies are brought back by a test of their own; here the volume has them already.
  const [install = '', fetch, restore = ''] = await callsOf(cluster ?? '');
  const { manifests: withCopies } = await deployOn(15, WITH_COPIES);
  expect(fetch).toBe(`run ${pick(withCopies, 'CronJob', /-fetch$/).metadata.name}`);
  for (const call of [install, restore]) await answer({ ...ground, port: another.port }, call);
  expect(await rowsOn(manifests, another.port)).toEqual(salon);
});
