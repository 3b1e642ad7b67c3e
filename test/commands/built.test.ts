import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder, VALUES } from '../tools/folders.ts';
import { copyBuiltProject } from '../tools/package.ts';
import { runOk } from '../tools/run.ts';

const BUILT = 'tell whether the chart is what was built';
const WRITTEN = 'tell whether the chart is what was written';

/** A copy of the program, as built as a fresh installation is, in which what was built says something else than the sources. */
let built: string;
beforeAll(async () => {
  built = await copyBuiltProject();
  edit(join(built, 'dist/main.js'), /tell whether the chart is [^"]*/, BUILT);
});

function copyProgram(): string {
  const folder = temporaryFolder();
  cpSync(built, folder, { recursive: true });
  return folder;
}

function edit(file: string, what: RegExp, into: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(what);
  writeFileSync(file, text.replace(what, into));
}

test('what was built is run until a source changes, whatever the times of the files; then the sources are', async () => {
  const folder = copyProgram();
  const help = (): Promise<string> => runOk('node', ['generator/bin.js', '--help'], { cwd: folder });
  expect(await help()).toContain(BUILT);
  edit(join(folder, 'generator/main.ts'), /tell whether the chart is [^']*/, WRITTEN);
  expect(await help()).toContain(WRITTEN);
  expect(await runOk('node', ['generator/bin.js', 'help', 'check'], { cwd: folder })).toContain(WRITTEN);
});

/** What a start would find: whether what was built is what the sources say. */
function isBuilt(folder: string): Promise<string> {
  const script = `import('./generator/built.js').then(({ isBuilt }) => isBuilt()).then(console.log)`;
  return runOk('node', ['--eval', script], { cwd: folder });
}

test('a rule that is new, and a contract that changed, are not those that were built', async () => {
  const folder = copyProgram();
  expect(await isBuilt(folder)).toBe('true\n');
  const rule = join(folder, 'generator/generate/validate/rules/another.ts');
  writeFileSync(rule, 'export const rule = () => [];\n');
  expect(await isBuilt(folder)).toBe('false\n');
});

test('sources are read once; after that only when one was touched, whatever somebody does to its times', async () => {
  const folder = copyProgram();
  const seen = join(folder, 'dist/sources.seen.json');
  await sleep(2100);
  expect(await isBuilt(folder)).toBe('true\n');
  expect(readFileSync(seen, 'utf8')).toContain('"generator/main.ts":');

  const main = join(folder, 'generator/main.ts');
  const { atime, mtime, size } = statSync(main);
  edit(main, /tell whether/, 'Tell whether');
  utimesSync(main, atime, mtime);
  expect(statSync(main).size).toBe(size);
  expect(await isBuilt(folder)).toBe('false\n');
  edit(main, /Tell whether/, 'tell whether');
  expect(await isBuilt(folder)).toBe('true\n');

  const rules = join(folder, 'generator/generate/validate/rules');
  renameSync(join(rules, 'memory-adds-up.ts'), join(rules, 'memory-adds.ts'));
  expect(await isBuilt(folder)).toBe('false\n');
});

test('what was written just now is not taken for seen, and half a list of what was seen for none', async () => {
  const folder = copyProgram();
  const seen = join(folder, 'dist/sources.seen.json');
  writeFileSync(join(folder, 'generator/main.ts'), readFileSync(join(folder, 'generator/main.ts')));
  expect(await isBuilt(folder)).toBe('true\n');
  expect(existsSync(seen)).toBe(false);
  writeFileSync(seen, '{"generator/main.ts": ');
  expect(await isBuilt(folder)).toBe('true\n');
});

test('a package has no sources to be asked', async () => {
  const folder = copyProgram();
  rmSync(join(folder, 'generator/main.ts'));
  expect(await isBuilt(folder)).toBe('true\n');
});

test('what services keep beside the contract is none of its sources, and no link of theirs is followed', async () => {
  const folder = copyProgram();
  const theirs = join(folder, 'schema/databases/user-service');
  symlinkSync('/dev/zero', join(theirs, 'endless.json'));
  symlinkSync('nowhere', join(theirs, 'broken.json'));
  symlinkSync('/', join(theirs, 'all'));
  expect(await runOk('node', ['generator/bin.js', '--help'], { cwd: folder, timeout: 10_000 })).toContain(BUILT);
});

test('the program that was built says what the sources say, of a refusal too', async () => {
  const folder = copyProgram();
  const values = join(folder, 'values.yaml');
  writeFileSync(
    values,
    'services:\n  a:\n    connectionLimit: x\n  shared-postgresql: {}\nserivces: 1\ntolerations: [{operator: Exits}]\n',
  );
  const check = async (): Promise<string> =>
    (await runOk('sh', ['-c', 'node generator/bin.js check --values values.yaml 2>&1 || true'], { cwd: folder })).trim();
  const first = await check();
  expect(first).toContain('did you mean services?');
  edit(join(folder, 'generator/main.ts'), /tell whether/, 'Tell whether');
  expect(await check()).toBe(first);
});

test('the program that was built writes what is committed, which is what the sources write', async () => {
  const folder = copyProgram();
  cpSync(VALUES, join(folder, 'values.yaml'));
  expect(await runOk('node', ['generator/bin.js', 'check'], { cwd: folder })).toMatch(/^the chart is up to date: /);
});

test('the program that was built does not have Node load all of fetch to see where it runs', () => {
  const texts = readdirSync(join(built, 'dist')).map((file) => readFileSync(join(built, 'dist', file), 'utf8'));
  const drivers = texts.filter((text) => text.includes('isCloudflareRuntime'));
  // Libraries that have a Response of their own are elsewhere.
  expect(drivers.map((text) => /new Response\b/.test(text))).toEqual([false]);
});
