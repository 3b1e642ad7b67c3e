import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { at, parseManifests, textsAt } from '../tools/manifests.ts';
import { packProject } from '../tools/package.ts';
import { runProgram } from '../tools/program.ts';
import { run, runOk, type Result } from '../tools/run.ts';

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

/** An empty folder that whoever runs PostgreSQL comes into. */
function emptyFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  return folder;
}

/*
 * What a platform engineer does who has npm and nothing of this repository: everything is run by the package, as it was packed and installed.
 */
describe('in an empty folder, with the package alone', () => {
  const folder = emptyFolder();
  const npx = (...words: string[]): Promise<Result> =>
    run('npx', ['--no-install', 'shared-postgresql', ...words], { cwd: folder });
  const npm = (...words: string[]): Promise<Result> => run('npm', ['run', '--silent', ...words], { cwd: folder });
  let started: Result;

  beforeAll(async () => {
    const { archive } = await packProject();
    await runOk('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--save-dev', archive], { cwd: folder });
    started = await npx('init', '--services', 'user-service,mail-service');
  });

  test('init writes a repository, and says what comes next', () => {
    expect(started.output).toMatch(/^wrote {3}values\.yaml\n[^]*\nwrote {3}chart\/ \(\d{3} files\)\n/);
    expect(started.output).toMatch(
      /\nnext: npm install && npm run dev starts the databases on this machine; README\.md has the rest\n$/,
    );
    expect(started.code).toBe(0);
    expect(filesBelow(folder).filter((path) => !/^(chart|node_modules)\//.test(path))).toEqual([
      '.github/workflows/shared-postgresql.yaml',
      '.gitignore',
      'README.md',
      'package-lock.json',
      'package.json',
      'schema/databases/user-service/001_example.sql',
      'values.yaml',
    ]);
    const manifest: unknown = JSON.parse(read(folder, 'package.json'));
    expect(textsAt(manifest, 'devDependencies')['shared-postgresql']).toMatch(/^file:.*\.tgz$/);
    expect(textsAt(manifest, 'scripts')).toMatchObject({ generate: 'shared-postgresql generate', dev: 'shared-postgresql dev' });
  });

  test('no compiler comes along, and none of our sources', () => {
    const modules = readdirSync(join(folder, 'node_modules'));
    expect(modules).toEqual(expect.arrayContaining(['libpg-query', 'shared-postgresql']));
    for (const name of ['tsx', 'esbuild', 'typescript', 'vitest']) expect(modules).not.toContain(name);
  });

  test('the chart is fresh, and both Helms render what Kubernetes knows', async () => {
    expect((await npm('generate')).stdout).toMatch(/^2 services: 0 files written, /m);
    expect(await npm('check')).toMatchObject({ code: 0 });
    for (const major of HELM_MAJORS) {
      const chart = join(folder, 'chart');
      const manifests = parseManifests(await template(major, { chart, args: ['--values', join(folder, 'values.yaml')] }));
      expect(manifests.map(({ metadata }) => metadata.name)).toContain('mail-service-db-secret');
      expect(manifests.flatMap(violations)).toEqual([]);
    }
  });

  test('add, rename, remove', async () => {
    const before = read(folder, 'values.yaml');
    expect((await npx('add', 'order-service')).output).toContain('\n+  order-service: {}\n');
    expect(await npx('rename', 'order-service', 'shop')).toMatchObject({ code: 0 });
    expect(read(folder, 'chart/desired.json')).toContain('"name":"shop","database":"orderdb"');
    expect(await npx('remove', 'shop')).toMatchObject({ code: 0 });
    expect(read(folder, 'values.yaml')).toBe(before);
    expect(await npm('check')).toMatchObject({ code: 0 });
  });

  test('the services run on this machine, apart from each other', async () => {
    const workflow = read(folder, '.github/workflows/shared-postgresql.yaml');
    const commands = [...workflow.matchAll(/^ +- run: (npx .*)$/gm)].map(([, command = '']) => command);
    expect(commands).toHaveLength(3);
    const results: string[] = [];
    for (const command of commands) results.push(await runOk('sh', ['-c', command], { cwd: folder }));
    expect(results[0]).toContain('the chart is up to date');
    expect(results[1]).toMatch(/2 logins tried 8 times to open a database: each opens its own and no other/);
    expect(results[2]).toMatch(/\nmail-service\.env\nuser-service\.env\n/);
  });

  test('a newer version of the package is seen by check, and brought into the chart by generate', async () => {
    const own = join(folder, 'node_modules/shared-postgresql/chart');
    rmSync(join(own, 'provisioning/end.psql'));
    rmSync(join(own, 'engines'), { recursive: true });
    cpSync(join(PROJECT, 'chart/engines'), join(own, 'motors'), { recursive: true });
    writeFileSync(join(own, 'Chart.yaml'), read(own, 'Chart.yaml').replace(/^version: .*$/m, 'version: 99.0.0'));
    writeFileSync(join(folder, 'chart/templates/of-our-own.yaml'), '');
    const { stdout, code } = await npm('check');
    expect(stdout).toMatch(/^differs Chart\.yaml$/m);
    expect(stdout).toMatch(/^differs motors\/pod\/start\.sh$/m);
    expect(stdout).toMatch(/^stale {3}engines\/pod\/start\.sh$/m);
    expect(stdout).toMatch(/^stale {3}provisioning\/end\.psql$/m);
    expect(code).toBe(1);
    expect((await npm('generate')).stdout).toMatch(/^removed chart\/engines\/pod\/start\.sh$/m);
    expect(await npm('check')).toMatchObject({ code: 0 });
    const files = filesBelow(join(folder, 'chart'));
    expect(files.filter((path) => path.startsWith('engines/'))).toEqual([]);
    expect(files).toContain('templates/of-our-own.yaml');
    expect(readdirSync(join(folder, 'chart'))).not.toContain('engines');
  });
});

describe('in a folder that has something', () => {
  const init = (folder: string, ...words: string[]): Promise<Result> => runProgram(['init', ...words], { cwd: folder });

  test('an example, in a folder that init makes', async () => {
    const folder = emptyFolder();
    const { output, code } = await init(folder, 'our/databases');
    expect(output).toContain('wrote   our/databases/schema/databases/order-service/001_example.sql\n');
    expect(output).toContain('\nnext: cd our/databases && npm install && npm run dev starts');
    expect(code).toBe(0);
    const version = at(JSON.parse(read(PROJECT, 'package.json')), 'version');
    expect(JSON.parse(read(folder, 'our/databases/package.json'))).toMatchObject({
      private: true,
      devDependencies: { 'shared-postgresql': `^${String(version)}` },
    });
  });

  test.each(['values.yaml', 'chart/Chart.yaml', 'schema/databases/a/1.sql', '.github/workflows/shared-postgresql.yaml'])(
    '%s is in the way: a sentence, and nothing is written',
    async (path) => {
      const folder = emptyFolder();
      writeFiles(folder, { [path]: 'mine\n' });
      const { stderr, stdout, code } = await init(folder);
      expect(path.startsWith(stderr.split(':')[0] ?? '-')).toBe(true);
      expect(stderr).toMatch(
        /: there is something of this name\n {2}init overwrites nothing\. .*\n\n1 problem; nothing was written\.\n$/,
      );
      expect({ stdout, code }).toEqual({ stdout: '', code: 4 });
      expect(filesBelow(folder)).toEqual([path]);
    },
  );

  test('package.json, .gitignore and README.md of a repository keep what they have', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, '.git'));
    const manifest =
      '{\n\t"name": "ours",\n\t"scripts": {\n\t\t"test": "vitest"\n\t},\n\t"devDependencies": {\n\t\t"vitest": "^4"\n\t}\n}\n';
    writeFiles(folder, { 'package.json': manifest, '.gitignore': 'node_modules\n*.log', 'README.md': 'Ours.\n' });
    const { stdout, code } = await init(folder);
    expect(stdout).toContain(
      'note: package.json has a script test already, which stays; here it would be: shared-postgresql check && ',
    );
    expect(stdout).toContain('note: README.md is there already, and stays as it is\n');
    expect(code).toBe(0);
    expect(read(folder, 'README.md')).toBe('Ours.\n');
    expect(read(folder, '.gitignore')).toBe('node_modules\n*.log\n.shared-postgresql/\npasswords.env\nreport.html\n');
    expect(read(folder, 'package.json')).toMatch(/^\{\n\t"name": "ours",\n\t"scripts": \{\n/);
    const completed: unknown = JSON.parse(read(folder, 'package.json'));
    expect(completed).toMatchObject({
      name: 'ours',
      scripts: { test: 'vitest', generate: 'shared-postgresql generate' },
      devDependencies: { vitest: '^4' },
    });
    expect(textsAt(completed, 'devDependencies')).toHaveProperty('shared-postgresql');
    expect(filesBelow(folder)).toContain('.github/workflows/shared-postgresql.yaml');
  });

  test('below the root of a git repository there is no workflow that GitHub would not see', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, '.git'));
    const { stdout } = await init(folder, 'databases');
    expect(stdout).toContain(
      'note: no .github/workflows/shared-postgresql.yaml: this folder is not the root of its git repository',
    );
    expect(filesBelow(folder).filter((path) => path.includes('.github'))).toEqual([]);
  });

  test.each([
    [['--services', 'Mail'], 'services.Mail: "Mail" is not allowed'],
    [['--services', 'a,,b'], 'services.: "" is not allowed'],
    [['--services', 'a: {}'], 'services.a: {}: "a: {}" is not allowed'],
  ])('%j is refused with its place, and nothing is written', async (words, sentence) => {
    const folder = emptyFolder();
    const { stderr, code } = await init(folder, ...words);
    expect(stderr).toContain(sentence);
    expect(code).toBe(4);
    expect(filesBelow(folder)).toEqual([]);
  });

  test('a folder that is a file is none', async () => {
    const folder = emptyFolder();
    writeFiles(folder, { file: '' });
    const { stderr, code } = await init(folder, 'file');
    expect(stderr).toBe(
      'file: it is no folder\n  Name a folder, which is made if it is not there.\n\n1 problem; nothing was written.\n',
    );
    expect(code).toBe(4);
  });

  test.each([
    ['{', 'package.json: this is no JSON object\n'],
    ['{ "scripts": [] }', 'package.json: scripts is no object\n'],
  ])('a package.json that says %s is not mended by guessing', async (text, sentence) => {
    const folder = emptyFolder();
    writeFiles(folder, { 'package.json': text });
    expect((await init(folder)).stderr).toContain(sentence);
    expect(filesBelow(folder)).toEqual(['package.json']);
  });
});
