import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runProgram } from '../tools/program.ts';
import { run, type Result } from '../tools/run.ts';

const VALUES = 'services:\n  a-service: {}\n  b-service: {}\n';
const SQL = { 'schema/databases/a-service/001_a.sql': 'SELECT 1;\n' };

function project(files: Record<string, string>): { folder: string; generator: (...args: string[]) => Promise<Result> } {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return { folder, generator: (...args) => runProgram(args, { cwd: folder }) };
}

function snapshot(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')]),
  );
}

test('generate writes, then leaves, then removes', async () => {
  const { folder, generator } = project({ 'values.yaml': VALUES, ...SQL });
  const first = await generator('generate', '--out', 'out');
  expect(first.output).toMatch(/^wrote {3}out\/templates\/services\/a-service\.yaml$/m);
  expect(first.stdout).toMatch(/^2 services: \d+ files written, 0 left as they were, 0 removed, in \d\.\d\d s$/m);
  expect((await generator('generate', '--out', 'out')).stdout).toMatch(
    /^2 services: 0 files written, \d+ left as they were, 0 removed, in /,
  );

  writeFileSync(join(folder, 'values.yaml'), 'services:\n  b-service: {}\n');
  const third = await generator('generate', '--out', 'out');
  expect(third.stdout).toMatch(/^removed out\/sql\/a-service\/001_a\.sql\nremoved out\/templates\/services\/a-service\.yaml\n/m);
  expect(third.stdout).toContain('note: schema/databases/a-service belongs to no service\n');
  expect(existsSync(join(folder, 'out/sql/a-service'))).toBe(false);
});

test('generate says what restarts the server, of what changed since it ran last; check needs no generate for a knob', async () => {
  const { folder, generator } = project({ 'values.yaml': VALUES });
  const generateWith = async (values: string): Promise<string[]> => {
    writeFileSync(join(folder, 'values.yaml'), `${VALUES}${values}`);
    const { stdout } = await generator('generate', '--out', 'out');
    return stdout.split('\n').filter((line) => line.startsWith('note: '));
  };
  expect(await generateWith('resources: { limits: { memory: 2Gi } }\n')).toEqual([]);
  expect(await generateWith('resources: { limits: { memory: 2Gi } }\nservice: { port: 6432 }\n')).toEqual([]);
  expect(await generateWith('resources: { limits: { memory: 3Gi } }\npostgresql: { settings: { jit: false } }\n')).toEqual([
    'note: the next upgrade restarts the server, because these changed: postgresql.settings.jit, resources.limits.memory',
  ]);
  writeFileSync(join(folder, 'values.yaml'), VALUES);
  expect((await generator('check', '--out', 'out')).code).toBe(0);
  expect(readFileSync(join(folder, 'out/.helmignore'), 'utf8')).toContain('restarts.json\n');
});

test('an extension that nobody has looked at is allowed, with a note', async () => {
  const { generator } = project({ 'values.yaml': `postgresql: { allowedExtensions: [vector, moddatetime] }\n${VALUES}` });
  const { code, stdout } = await generator('generate', '--out', 'out');
  expect(stdout.split('\n').filter((line) => line.startsWith('note: '))).toEqual([
    'note: the extension vector is allowed, but nobody here has looked at what it gives a service on a shared server',
  ]);
  expect(code).toBe(0);
});

test('a service that crosses a step restarts the server once, and generate says so', async () => {
  const { folder, generator } = project({});
  const notesWith = async (services: number): Promise<string[]> => {
    const entries = Array.from({ length: services }, (_, number) => `  s${number}: {}\n`).join('');
    writeFileSync(join(folder, 'values.yaml'), `resources: { limits: { memory: 4Gi } }\nservices:\n${entries}`);
    const { stdout } = await generator('generate', '--out', 'out');
    return stdout.split('\n').filter((line) => line.startsWith('note: '));
  };
  expect(await notesWith(7)).toEqual([]);
  expect(await notesWith(8)).toEqual([]);
  expect(await notesWith(9)).toEqual([
    'note: the settings of the server change (max_connections is 300 now), so the next upgrade restarts it once',
  ]);
  expect(await notesWith(13)).toEqual([]);
  writeFileSync(join(folder, 'out/desired.json'), 'Generated from values.yaml by npm run generate; edits are lost. {');
  expect(await notesWith(13)).toEqual([]);
});

test('what looks like a schema file and is not applied is noted', async () => {
  const { generator } = project({
    'values.yaml': VALUES,
    ...SQL,
    'schema/databases/a-service/down/001_a.sql': 'SELECT 1;\n',
    'schema/databases/a-service/002_b.sql.orig': 'SELECT 1;\n',
    'schema/databases/a-service/README.md': 'Read me.\n',
  });
  const { code, stdout } = await generator('generate', '--out', 'out');
  expect(stdout.split('\n').filter((line) => line.startsWith('note: '))).toEqual([
    'note: schema/databases/a-service has SQL files in folders below it, which are not applied: down/001_a.sql',
    'note: schema/databases/a-service has files that are not applied because their names do not end in .sql: 002_b.sql.orig',
  ]);
  expect(code).toBe(0);
});

test.each([
  ['a URL that is none', ['--url', 'postgresql://u:p@h:x/'], /^--url: the URL cannot be read\n {2}Write it as /, ENDINGS.refused],
  [
    'a certificate that is not there',
    ['--url', 'postgresql://h/?sslrootcert=/nowhere'],
    /^\/nowhere: it cannot be used: there is none of this name\n/,
    ENDINGS.unable,
  ],
  ['a server that is not there', ['--url', 'postgresql://h.invalid/'], /^the server: /, ENDINGS.unreached],
])('only what a server said is called so: %s', async (_, args, said, ending) => {
  const { generator } = project({ 'values.yaml': VALUES });
  const { code, stderr } = await generator('plan', ...args);
  expect(stderr).toMatch(said);
  expect(code).toBe(ending.code);
});

test('to whoever names no server is said how one is named', async () => {
  const { folder } = project({ 'values.yaml': VALUES });
  const { stderr } = await runProgram(['plan'], { cwd: folder, env: { PATH: process.env['PATH'], PGPORT: '1' } });
  expect(stderr).toMatch(/^the server: connect ECONNREFUSED .*\nserver: none was named, so this machine was asked; name one by /);
});

test('a folder without passwords is named', async () => {
  const { generator } = project({ 'values.yaml': VALUES });
  const { code, stderr } = await generator('verify', '--secrets', '.');
  expect(stderr).toBe(
    '.: the file cannot be read: it is a folder without .env files and without Secrets\n' +
      '  Name the folder of those that dev writes, the folder secrets of what manifests writes, or a file.\n\n1 problem; nothing was written.\n',
  );
  expect(code).toBe(ENDINGS.refused.code);
});

test('the Secrets that manifests wrote are read by their folder', async () => {
  const { generator } = project({ 'values.yaml': VALUES });
  expect((await generator('manifests')).code).toBe(ENDINGS.fine.code);
  const { stderr, code } = await generator('verify', '--secrets', 'manifests/secrets', '--url', 'postgresql://h.invalid/');
  expect(stderr).toMatch(/^the server: /);
  expect(code).toBe(ENDINGS.unreached.code);
});

test('whoever writes the list of Secrets into standard input may be slow', async () => {
  const { folder } = project({ 'values.yaml': VALUES });
  const verify = `"${process.execPath}" "${join(PROJECT, 'generator/bin.js')}" verify --secrets -`;
  const slowly = `{ sleep 1; printf '{"items":'; sleep 1; printf '[]}'; } | ${verify}`;
  const { code, stderr } = await run('sh', ['-c', slowly], { cwd: folder });
  expect(stderr).toMatch(/^-: there is no Secret in it/);
  expect(code).toBe(4);
});

test('bad input changes no file, and says so', async () => {
  const { folder, generator } = project({ 'values.yaml': VALUES, ...SQL });
  await generator('generate', '--out', 'out');
  writeFileSync(join(folder, 'values.yaml'), `${VALUES}  c-service: { databse: x }\n`);
  const before = snapshot(folder);
  const { code, stderr, stdout } = await generator('generate', '--out', 'out');
  expect(stderr).toContain('values.yaml:4:16: services.c-service.databse: there is no such field; did you mean database?\n');
  expect(stderr).toMatch(/\n\n1 problem; nothing was written\.\n$/);
  expect({ code, stdout, after: snapshot(folder) }).toEqual({ code: ENDINGS.refused.code, stdout: '', after: before });
});

test.each([
  ['brackets', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)};`],
  ['a sum', `SELECT ${Array(60_000).fill('1').join(' + ')};`],
  ['a union', `${Array(20_000).fill('SELECT 1').join(' UNION ')};`],
])('a schema file that nests too deeply is named beside all other problems: %s', async (_, sql) => {
  const { generator } = project({
    'values.yaml': `${VALUES}  c-service: { databse: x }\n`,
    'schema/databases/a-service/001_a.sql': sql,
    'schema/databases/b-service/001_a.sql': 'SELECT 1;\n',
  });
  const { code, stderr } = await generator('generate', '--out', 'out');
  expect(stderr.split('\n').filter((line) => line.includes(': '))).toEqual([
    expect.stringMatching(
      /^schema\/databases\/a-service\/001_a\.sql(:1:\d+)?: the file nests too deeply for PostgreSQL's parser$/,
    ),
    'values.yaml:4:16: services.c-service.databse: there is no such field; did you mean database?',
    expect.stringMatching(/^ {2}The fields here are: /),
  ]);
  expect(code).toBe(ENDINGS.refused.code);
});

test('schema files that do not fit a ConfigMap are refused with their size', async () => {
  const { generator } = project({
    'values.yaml': VALUES,
    'schema/databases/a-service/001_a.sql': `SELECT '${'x'.repeat(1_100_000)}';\n`,
  });
  const { code, stderr } = await generator('generate', '--out', 'out');
  expect(stderr).toContain(
    'schema/databases/a-service/001_a.sql: the schema files of a-service have 1100020 bytes; a ConfigMap holds 1044480\n',
  );
  expect(code).toBe(ENDINGS.refused.code);
});

test('a file that was not generated is never overwritten or removed', async () => {
  const { folder, generator } = project({ 'values.yaml': VALUES });
  mkdirSync(join(folder, 'out/templates/services'), { recursive: true });
  writeFileSync(join(folder, 'out/templates/services/mine.yaml'), 'mine');
  expect((await generator('generate', '--out', 'out')).code).toBe(0);
  expect(readFileSync(join(folder, 'out/templates/services/mine.yaml'), 'utf8')).toBe('mine');
  writeFileSync(join(folder, 'out/desired.json'), '{}');
  const { code, stderr } = await generator('generate', '--out', 'out');
  expect(stderr).toContain('out/desired.json: this file was not generated, and one of this name would be written here\n');
  expect(code).toBe(ENDINGS.refused.code);
  expect(readFileSync(join(folder, 'out/desired.json'), 'utf8')).toBe('{}');
});

test('check tells what differs and which command mends it', async () => {
  const { folder, generator } = project({ 'values.yaml': VALUES });
  await generator('generate', '--out', 'out');
  const same = await generator('check', '--out', 'out');
  expect(same.stdout).toMatch(/^the chart is up to date: \d+ files as generated\n$/);
  expect(same.code).toBe(0);
  writeFileSync(join(folder, 'values.yaml'), 'services:\n  a-service: { connectionLimit: 3 }\n');
  const before = snapshot(folder);
  const { code, stdout } = await generator('check', '--out', 'out');
  expect(stdout).toContain('differs desired.json\n');
  expect(stdout).toContain('stale   templates/services/b-service.yaml\n');
  expect(stdout).toContain('run "npm run generate" and commit what it writes\n');
  expect(code).toBe(ENDINGS.amiss.code);
  expect(snapshot(folder)).toEqual(before);
});

test('a values file that is not there is named', async () => {
  const { generator } = project({});
  const { code, stderr } = await generator('generate', '--values', 'nowhere.yaml');
  expect(stderr).toContain(
    'nowhere.yaml: the file cannot be read: there is none of this name\n  Name another: a regular file, beside which ',
  );
  expect(code).toBe(ENDINGS.refused.code);
});

test('whoever has no values.yaml yet hears of init', async () => {
  const { code, stderr } = await project({}).generator('dev');
  expect(stderr).toBe(
    'values.yaml: the file cannot be read: there is none of this name\n' +
      '  Name another with --values FILE, beside which the schema folders are, or begin with one: "shared-postgresql init".\n\n1 problem; nothing was written.\n',
  );
  expect(code).toBe(ENDINGS.refused.code);
});

test('a reader that stops reading is no error', async () => {
  const services = Array.from({ length: 60 }, (_, number) => `  s${number}: { connectionLimit: 1 }\n`).join('');
  const { folder } = project({ 'values.yaml': `services:\n${services}` });
  const command = `"${process.execPath}" "${join(PROJECT, 'generator/bin.js')}" generate --out out | true`;
  const { code, stderr } = await run('bash', ['-o', 'pipefail', '-c', command], { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test.each([
  ['a folder above', 'values.yaml', 'deep/er', '../../values.yaml'],
  ['a folder below', 'platform/postgresql/values.yaml', '.', 'platform/postgresql/values.yaml'],
])('a values.yaml in %s is named to whoever is in the wrong folder', async (_, file, cwd, found) => {
  const { folder } = project({ [file]: VALUES, 'deep/er/x': '', 'chart/Chart.yaml': '', 'chart/values.yaml': '' });
  const { code, stderr } = await runProgram(['check'], { cwd: join(folder, cwd) });
  expect(stderr).toBe(
    'values.yaml: the file cannot be read: there is none of this name\n' +
      `  There is ${found}: run this in its folder, or write --values ${found}.\n\n1 problem; nothing was written.\n`,
  );
  expect(code).toBe(ENDINGS.refused.code);
});
