import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../tools/folders.ts';
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

test('a rule that is new, and a contract that changed, are not those that were built', async () => {
  const folder = copyProgram();
  const isBuilt = (): Promise<string> =>
    runOk('node', ['--eval', `import('./generator/built.js').then(({ isBuilt }) => console.log(isBuilt()))`], { cwd: folder });
  expect(await isBuilt()).toBe('true\n');
  const rule = join(folder, 'generator/generate/validate/rules/another.ts');
  writeFileSync(rule, 'export const rule = () => [];\n');
  expect(await isBuilt()).toBe('false\n');
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

test('the program that was built does not have Node load all of fetch to see where it runs', () => {
  const texts = readdirSync(join(built, 'dist')).map((file) => readFileSync(join(built, 'dist', file), 'utf8'));
  expect(texts.filter((text) => text.includes('isCloudflareRuntime'))).toHaveLength(1);
  expect(texts.filter((text) => /new Response\b/.test(text))).toEqual([]);
});
