import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { writeFiles } from '../tools/deployment.ts';
import { laptopIn, type Laptop, type Running } from '../tools/dev.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { at } from '../tools/manifests.ts';
import { run, type Result } from '../tools/run.ts';
import { canMount, withClient } from '../tools/server.ts';

const FILES = {
  'values.yaml': 'services: { a: { roles: { reporting: {} } }, b: {} }\n',
  'schema/databases/a/001_t.sql': 'CREATE TABLE t (i int);\nINSERT INTO t VALUES (1);\n',
};

/** A folder as a person has it, with a deployment in it. */
function newLaptop(files: Record<string, string> = FILES): Laptop & { readonly folder: string } {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  writeFiles(folder, files);
  return { folder, ...laptopIn(folder) };
}

/** Runs dev on a disk that has no room for a server. */
function onSmallDisk(folder: string): Promise<Result> {
  const script =
    'mount -t tmpfs -o size=16m none "$1" && cd "$1" && echo "services: { a: {} }" >values.yaml && exec "$2" "$3" dev --run true';
  return run('unshare', ['--mount', 'sh', '-c', script, 'sh', folder, process.execPath, join(PROJECT, 'generator/bin.js')]);
}

/** Runs SQL by what the .env file of a login says, in another database if one is named. */
async function ask(laptop: Laptop, login: string, sql: string, database?: string): Promise<unknown[]> {
  const url = new URL(laptop.environment(login)['DATABASE_URL'] ?? '');
  if (database !== undefined) url.pathname = database;
  return withClient({ connectionString: url.href }, async (client) => (await client.query<object>(sql)).rows);
}

describe('a deployment on this machine', () => {
  const laptop = newLaptop();
  const { folder } = laptop;
  const state = join(folder, '.shared-postgresql');
  const save = (path: string, text: string) => (): void => writeFiles(folder, { [path]: text });
  let running: Running;

  beforeAll(async () => {
    running = await laptop.start();
  });
  afterAll(async () => {
    await running.signal('SIGTERM');
  });

  test('is what connect leads to, by the password that it keeps', async () => {
    const connect = (...words: string[]): Promise<Result> =>
      run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'connect', ...words, '--', '-XAtc', 'SELECT current_user'], {
        cwd: folder,
      });
    const said = await Promise.all([connect('a'), connect('a.reporting'), connect('admin')]);
    expect(said.map(({ output }) => output)).toEqual(['adb_user\n', 'adb_reporting\n', 'postgres\n']);
  });

  test('says where it is, and what was done', () => {
    expect(running.output()).toMatch(/^PostgreSQL 18\.\d+ on localhost:2\d{4}; its data is in \.shared-postgresql\/server, /);
    expect(running.output()).toContain('a: schema file 001_t.sql\n');
    expect(running.output()).toContain('2 services: 2 well, 0 not\n');
    expect(running.output()).not.toContain('CREATE ROLE');
  });

  test('services and roles connect by their .env files, and to nothing else', async () => {
    expect(await ask(laptop, 'a', 'SELECT current_user::text AS name, i FROM t')).toEqual([{ name: 'adb_user', i: 1 }]);
    expect(await ask(laptop, 'a.reporting', 'SELECT i FROM t')).toEqual([{ i: 1 }]);
    await expect(ask(laptop, 'a', 'SELECT', 'bdb')).rejects.toThrow('pg_hba.conf rejects connection');
    await expect(ask(laptop, 'b', 'SELECT', 'postgres')).rejects.toThrow('pg_hba.conf rejects connection');
    expect(await ask(laptop, 'b', 'SHOW statement_timeout')).toEqual([{ statement_timeout: '5min' }]);
  });

  test('git ignores it, and nobody else reads its passwords', () => {
    expect(readFileSync(join(state, '.gitignore'), 'utf8')).toBe('*\n');
    for (const file of ['passwords.json', 'env/a.env', 'postgresql.log'])
      expect(statSync(join(state, file)).mode & 0o777, file).toBe(0o600);
  });

  test('a second one is refused with a sentence', async () => {
    const { output, code } = await laptop.dev();
    expect(output).toMatch(
      /^dev runs here already: process \d+ has the data, on localhost:\d+\.\n {2}Go on with it, or end it with --stop\.\n$/,
    );
    expect(code).toBe(ENDINGS.unable.code);
  });

  test('a service that is saved is there', async () => {
    const values = 'services: { a: { roles: { reporting: {} } }, b: {}, c: {} }\n';
    await running.says('3 services: 3 well, 0 not', save('values.yaml', values));
    expect(await ask(laptop, 'c', 'SELECT current_database() AS name')).toEqual([{ name: 'cdb' }]);
  });

  test('each rotation of a login makes another password, also when its turn comes again', async () => {
    const passwords = new Set([laptop.environment('a.reporting')['PGPASSWORD']]);
    for (const [rotation, name] of [
      [1, 'adb_reporting_2'],
      [2, 'adb_reporting'],
      // As of a branch from before.
      [1, 'adb_reporting_2'],
    ] as const) {
      const values = `services: { a: { roles: { reporting: { rotation: ${rotation} } } }, b: {}, c: {} }\n`;
      await running.says('3 services: 3 well, 0 not', save('values.yaml', values));
      expect(await ask(laptop, 'a.reporting', 'SELECT session_user::text AS name')).toEqual([{ name }]);
      passwords.add(laptop.environment('a.reporting')['PGPASSWORD']);
    }
    expect(passwords.size).toBe(3);
  });

  test('a schema folder that is made later is seen, and what is wrong in it is told with its place', async () => {
    const path = 'schema/databases/c/001_c.sql';
    await running.says(`${path}:2:`, save(path, 'CREATE TABLE c (i int);\nCREATE TABEL d (i int);\n'));
    await running.says(
      `c: ERROR:  ${path}:2:1: division by zero`,
      save(path, 'CREATE TABLE c (i int);\nINSERT INTO c SELECT 1/0;\n'),
    );
    await running.says('3 services: 3 well, 0 not', save(path, 'CREATE TABLE c (i int);\n'));
    expect(await ask(laptop, 'c', 'SELECT FROM c')).toEqual([]);
  });

  test('values that are wrong are told with their place, and it lives on', async () => {
    const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
    await running.says(/^values\.yaml:1:\d+: services\.a\.databse: /m, save('values.yaml', 'services: { a: { databse: x } }\n'));
    await running.says('3 services: 3 well, 0 not', save('values.yaml', values));
  });

  test('another major is told to wait for the next start', async () => {
    const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
    await running.says(
      /^PostgreSQL 17 is for the next start of dev; until then 18\.\d+ runs$/m,
      save('values.yaml', `postgresql: { version: '17' }\n${values}`),
    );
    await running.says('3 services: 3 well, 0 not', () => undefined);
    await running.says('3 services: 3 well, 0 not', save('values.yaml', values));
  });

  test('a schema file that is edited after it was applied is offered as a rebuild of that database alone', async () => {
    await ask(laptop, 'b', 'CREATE TABLE kept ()');
    const text = 'CREATE TABLE t (i int, j int);\n';
    await running.says('shared-postgresql dev --rebuild a', save('schema/databases/a/001_t.sql', text));
    const { output, code } = await laptop.dev('--rebuild', 'a');
    expect(output).toMatch(/^a: schema file 001_t\.sql\na: well after \d+ ms\n3 services: 3 well, 0 not\n$/);
    expect(code).toBe(0);
    expect(await ask(laptop, 'a', 'SELECT j FROM t')).toEqual([]);
    expect(await ask(laptop, 'a.reporting', 'SELECT j FROM t')).toEqual([]);
    expect(await ask(laptop, 'b', 'SELECT FROM kept')).toEqual([]);
    expect(await laptop.dev('--rebuild', 'x')).toMatchObject({
      code: ENDINGS.refused.code,
      output: '--rebuild: there is no service x\n  There are a, b, c.\n\n1 problem; nothing was written.\n',
    });
  });

  test('a configuration that changes restarts the server, and one that does not start leaves it as it was', async () => {
    const values = (settings: string): string =>
      `postgresql: { settings: ${settings} }\nservices: { a: { roles: { reporting: {} } }, b: {}, c: {} }\n`;
    await running.says(
      'server: restarted, because its configuration changed',
      save('values.yaml', values('{ deadlock_timeout: 2s }')),
    );
    await running.says('3 services: 3 well, 0 not', () => undefined);
    expect(await ask(laptop, 'b', 'SHOW deadlock_timeout')).toEqual([{ deadlock_timeout: '2s' }]);
    await running.says(
      'PostgreSQL did not start',
      save('values.yaml', `image: { repository: of-our-own }\n${values('{ shared_preload_libraries: of_our_own }')}`),
    );
    await running.says('3 services: 3 well, 0 not', save('values.yaml', values('{ deadlock_timeout: 2s }')));
    expect(await ask(laptop, 'b', 'SHOW deadlock_timeout')).toEqual([{ deadlock_timeout: '2s' }]);
  });

  test('a limit above what the machine can spare restarts nothing in a plan', async () => {
    const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
    await running.says(
      'server: restarted, because its configuration changed',
      save('values.yaml', `resources: { limits: { memory: 900Ti } }\n${values}`),
    );
    await running.says('3 services: 3 well, 0 not', () => undefined);
    const passwords: unknown = JSON.parse(readFileSync(join(state, 'passwords.json'), 'utf8'));
    const environment = { PGHOST: 'localhost', PGPORT: laptop.environment('b')['PGPORT'], PGUSER: 'postgres' };
    const env = { PATH: process.env['PATH'], ...environment, PGPASSWORD: String(at(passwords, 'Admin')) };
    const plan = await run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'plan'], { cwd: folder, env });
    expect(plan).toMatchObject({ code: 0, output: 'nothing to do\n' });
    await running.says('3 services: 3 well, 0 not', save('values.yaml', values));
  });

  test('a login of the platform has its password, and an .env file', async () => {
    const values = 'platformLogins: { monitoring: {} }\nservices: { a: { roles: { reporting: {} } }, b: {}, c: {} }\n';
    await running.says('3 services: 3 well, 0 not', save('values.yaml', values));
    expect(await ask(laptop, '+monitoring', 'SELECT current_user::text AS name')).toEqual([{ name: 'platform_monitoring' }]);
  });

  test('Ctrl-C ends the server with it, and all is there again at the next start', async () => {
    const before = laptop.environment('b');
    const server = laptop.server();
    expect(server).toBeGreaterThan(0);
    expect(await running.signal('SIGINT')).toBe(0);
    expect(running.output()).toMatch(/the server is stopped\n$/);
    expect(laptop.server()).toBeUndefined();
    running = await laptop.start();
    expect(running.output()).toContain('3 services: 3 well, 0 not\n');
    expect(running.output()).not.toContain('schema file');
    expect(laptop.environment('b')).toEqual(before);
    expect(await ask(laptop, 'b', 'SELECT FROM kept')).toEqual([]);
  });

  test('a server whose dev is killed ends as well', async () => {
    await running.signal('SIGKILL');
    for (let waited = 0; laptop.server() !== undefined && waited < 100; waited += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(laptop.server()).toBeUndefined();
    running = await laptop.start();
    expect(await ask(laptop, 'b', 'SELECT FROM kept')).toEqual([]);
  });
});

describe('dev', () => {
  const laptop = newLaptop();
  const { folder } = laptop;
  const data = join(folder, '.shared-postgresql/server/data');

  test('--run hands on the exit code of a command that finds the .env files, and stops', async () => {
    const command = 'cat "$SHARED_POSTGRESQL_ENV/a.env"; exit 7';
    const { stdout, code } = await laptop.dev('--run', command);
    expect(stdout).toContain('2 services: 2 well, 0 not\nDATABASE_URL=postgresql://adb_user:');
    expect(stdout).toContain("\nConnectionStrings__Default='Host=localhost;Port=");
    expect(code).toBe(7);
    expect(laptop.server()).toBeUndefined();
  });

  test('--run runs nothing when a service is not well', async () => {
    writeFiles(folder, { 'schema/databases/b/001_b.sql': 'SELECT 1/0;\n' });
    const { stdout, code } = await laptop.dev('--run', 'echo never');
    expect(stdout).toContain('b: ERROR:  schema/databases/b/001_b.sql:1:1: division by zero\n');
    expect(stdout).not.toContain('never');
    expect((await laptop.dev('--quiet', '--run', 'echo never')).output).toMatch(
      /^b: schema file 001_b\.sql\nb: ERROR: {2}schema\/databases\/b\/001_b\.sql:1:1: division by zero\nb: failed after \d+ ms\n$/,
    );
    expect(code).toBe(1);
    rmSync(join(folder, 'schema/databases/b'), { recursive: true });
  });

  test('what is saved while it starts is applied as well', async () => {
    const laptop = newLaptop();
    const running = laptop.begin();
    await running.says(/^PostgreSQL .* on localhost:/m);
    await running.says('3 services: 3 well, 0 not', () =>
      writeFiles(laptop.folder, { 'values.yaml': 'services: { a: {}, b: {}, c: {} }\n' }),
    );
    expect(await running.signal('SIGINT')).toBe(0);
  });

  test('--detach leaves it in the background, where it applies what is saved, until --stop', async () => {
    expect(await laptop.dev('--status')).toMatchObject({ code: ENDINGS.amiss.code, output: 'nothing runs here\n' });
    const { stdout, code } = await laptop.dev('--detach');
    expect(stdout).toMatch(
      /^running in the background on localhost:\d+; \.shared-postgresql\/dev\.log has what it says, --stop ends it\n$/,
    );
    expect(code).toBe(0);
    const state = (await laptop.dev('--status', '--json')).stdout;
    expect(JSON.parse(state)).toMatchObject({ command: 'dev', exitCode: 0, problems: [], did: 'look', running: true });
    expect(documentedFields('dev')).toEqual(expect.arrayContaining(fieldsOf(state)));
    expect((await laptop.dev('--status')).stdout).toMatch(
      /^running on localhost:\d+; services connect by \.shared-postgresql\/env\/<service>\.env, --stop ends it\n$/,
    );
    expect(await ask(laptop, 'a', 'SELECT i FROM t')).toEqual([{ i: 1 }]);
    writeFiles(folder, { 'schema/databases/a/002_u.sql': 'CREATE TABLE u ();\n' });
    await expect.poll(() => ask(laptop, 'a', 'SELECT FROM u').catch(() => 'missing'), { timeout: 30_000 }).toEqual([]);
    expect((await laptop.dev('--stop')).stdout).toMatch(/^stopped the server on localhost:\d+\n$/);
    expect(laptop.server()).toBeUndefined();
    expect(await laptop.dev('--stop')).toMatchObject({ code: 0, stdout: 'nothing runs here\n' });
  });

  test('--detach says who is not well, and leaves it running', async () => {
    writeFiles(folder, { 'schema/databases/a/002_v.sql': 'CREATE VIEW v AS SELECT nothing;\n' });
    const { output, code } = await laptop.dev('--detach');
    expect(output).toMatch(/^not well: a; \.shared-postgresql\/dev\.log says why\nrunning in the background on localhost:\d+; /);
    expect(code).toBe(ENDINGS.amiss.code);
    rmSync(join(folder, 'schema/databases/a/002_v.sql'));
    expect((await laptop.dev('--stop')).code).toBe(0);
  });

  test('--detach says why it does not start', async () => {
    const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
    writeFiles(folder, { 'values.yaml': 'services: { a: { databse: x } }\n' });
    const { output, code } = await laptop.dev('--detach');
    expect(output).toMatch(/^values\.yaml:1:\d+: services\.a\.databse: /);
    expect(code).toBe(ENDINGS.refused.code);
    const document: unknown = JSON.parse((await laptop.dev('--detach', '--json')).stdout);
    expect(document).toMatchObject({ exitCode: ENDINGS.refused.code, running: false, said: output.trimEnd() });
    writeFiles(folder, { 'values.yaml': values });
  });

  test('--shadow makes a database that its login may empty, and that no other opens', async () => {
    const values = readFileSync(join(folder, 'values.yaml'), 'utf8');
    // Nobody declares a shadow, and it stays open.
    const closing = 'postgresql: { undeclared: close }\nservices: { a: { roles: { reporting: {} } }, b: {}, c: {} }\n';
    writeFileSync(join(folder, 'values.yaml'), closing);
    expect(await laptop.dev('--shadow', '--run', 'true')).toMatchObject({ code: 0 });
    const running = await laptop.start();
    try {
      expect(running.output()).not.toContain('reported');
      const { SHADOW_DATABASE_URL: shadow } = laptop.environment('a');
      expect(shadow).toMatch(/^postgresql:\/\/adb_shadow:\w{24}@localhost:\d+\/adb_shadow\?sslmode=disable$/);
      const rows = await withClient({ connectionString: shadow }, async (client) => {
        await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (i int)');
        return (await client.query<object>('SELECT i FROM t')).rows;
      });
      expect(rows).toEqual([]);
      await expect(ask(laptop, 'b', 'SELECT', 'adb_shadow')).rejects.toThrow('pg_hba.conf rejects connection');
    } finally {
      writeFileSync(join(folder, 'values.yaml'), values);
      await running.signal('SIGINT');
    }
  });

  test('a port that somebody else took is told, with what to do', async () => {
    const port = Number(readFileSync(join(folder, '.shared-postgresql/port'), 'utf8'));
    const taking = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => taking.on('listening', resolve));
    const { output, code } = await laptop.dev('--run', 'true');
    taking.close();
    expect(output).toBe(
      `port ${port} is taken, and the .env files of the services name it.\n` +
        `  Stop what listens there, or delete ${join(folder, '.shared-postgresql/port')} to have another one chosen.\n`,
    );
    expect(code).toBe(ENDINGS.unable.code);
  });

  test('a lock that names a process of somebody else is none', async () => {
    writeFileSync(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1\n1\n\n\n\n`);
    const { stdout, code } = await laptop.dev('--run', 'true');
    expect(stdout).toContain(
      `the server of ${data} ended without removing its lock; process ${process.pid}, which that names, is another program\n`,
    );
    expect(stdout).toContain('2 services: 2 well, 0 not\n');
    expect(code).toBe(0);
  });

  test('a server that was killed starts again', async () => {
    const running = await laptop.start();
    process.kill(laptop.server() ?? 0, 'SIGKILL');
    expect(await running.ended).toBe(1);
    expect(running.output()).toMatch(/the server ended by itself; its log says why\n$/);
    expect(await laptop.dev('--run', 'true')).toMatchObject({ code: 0 });
  });

  test('data of another major is not touched, and told', async () => {
    const version = readFileSync(join(data, 'PG_VERSION'), 'utf8');
    writeFileSync(join(data, 'PG_VERSION'), '14\n');
    const { output, code } = await laptop.dev('--run', 'true');
    expect(output).toContain(`${data}: the data is of PostgreSQL 14, and PostgreSQL 18 would run it.\n`);
    expect(output).toContain('--reset');
    expect(code).toBe(ENDINGS.unable.code);
    writeFileSync(join(data, 'PG_VERSION'), version);
  });

  test('passwords that are lost are told', async () => {
    const file = join(folder, '.shared-postgresql/passwords.json');
    const passwords = readFileSync(file, 'utf8');
    rmSync(file);
    const { output, code } = await laptop.dev('--run', 'true');
    expect(output).toContain('the data has another password of the admin than the one kept beside it. Start dev with --reset');
    expect(code).toBe(ENDINGS.unable.code);
    writeFileSync(file, passwords);
  });

  test('--reset removes the data, and keeps passwords and port', async () => {
    const before = laptop.environment('a');
    const { stdout, code } = await laptop.dev('--reset', '--run', 'true');
    expect(stdout).toContain('a: schema file 001_t.sql\n');
    expect(code).toBe(0);
    expect(laptop.environment('a')).toEqual(before);
  });

  test('--run that is ended from outside ends the server as well', async () => {
    const running = laptop.begin('--run', 'echo begun; exec sleep 100');
    await running.says('begun');
    expect(laptop.server()).toBeGreaterThan(0);
    expect(await running.signal('SIGINT')).toBe(130);
    expect(laptop.server()).toBeUndefined();
  });

  test('the .env file of a service that is gone goes as well', async () => {
    writeFiles(folder, { 'values.yaml': 'services: { a: {} }\n' });
    const { stdout } = await laptop.dev('--run', 'ls "$SHARED_POSTGRESQL_ENV"');
    expect(stdout).toMatch(/1 services: 1 well, 0 not\na\.env\n$/);
    expect(stdout).toContain('retained: database bdb and login role bdb_user (locked); no service declares them\n');
  });

  test('a full disk is told', async (context) => {
    if (!(await canMount())) context.skip('a disk of its own needs root and mount namespaces');
    const { output, code } = await onSmallDisk(newLaptop().folder);
    expect(output).toMatch(/^\S+\/server: its disk is full\. Free some space, then run this again\.\n$/);
    expect(code).toBe(ENDINGS.unable.code);
  });

  test('the PostgreSQL that the machine has is used for its major', async () => {
    const old = newLaptop({ 'values.yaml': "postgresql: { version: '15' }\nservices: { a: {} }\n" });
    const { stdout, code } = await old.dev('--run', 'true');
    expect(stdout).toMatch(/^PostgreSQL 15\.\d+ on localhost:/);
    expect(code).toBe(0);
  });

  test('root has a folder that only root may enter', async () => {
    const parent = temporaryFolder();
    const closed = join(parent, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    writeFiles(closed, FILES);
    const hidden = laptopIn(closed);
    const { stdout, code } = await hidden.dev('--run', 'true');
    expect(stdout).toContain('2 services: 2 well, 0 not\n');
    expect(code).toBe(0);
    const server = /its data is in (.*), its log/.exec(stdout)?.[1] ?? '';
    if (process.getuid?.() === 0) {
      expect(server).toMatch(/var\/lib\/shared-postgresql\/\w{12}$/);
      rmSync(join(closed, server), { recursive: true });
    }
    expect(existsSync(closed)).toBe(true);
  });
});

test.each([['--status'], ['--stop'], ['--detach'], ['--run', 'true'], []])(
  'dev %s leaves nothing behind in a folder without a deployment',
  async (...options) => {
    const laptop = newLaptop({ 'other.yaml': '' });
    const { output, code } = await laptop.dev(...options);
    const isQuestion = options[0] === '--status' || options[0] === '--stop';
    expect(output).toMatch(isQuestion ? /^nothing runs here\n$/ : /^values\.yaml: the file cannot be read: there is none/);
    expect(code).toBe(isQuestion ? (options[0] === '--stop' ? 0 : 1) : ENDINGS.refused.code);
    expect(readdirSync(laptop.folder)).toEqual(['other.yaml']);
  },
);
