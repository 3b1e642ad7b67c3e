import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import type { Browser } from 'playwright-core';
import { openFile, startBrowser } from '../tools/chromium.ts';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder, VALUES } from '../tools/folders.ts';
import { render, reportOn } from '../tools/report.ts';
import { run, type Result } from '../tools/run.ts';

const folder = temporaryFolder();

let browser: Browser | undefined;
let reason = '';
beforeAll(async () => {
  browser = await startBrowser().catch((error: unknown) => {
    reason = error instanceof Error ? error.message : String(error);
    return undefined;
  });
});
afterAll(() => browser?.close());

/** The browser, without which a test is skipped with the reason. */
const browserFor = ({ skip }: TestContext): Browser => browser ?? skip(`no browser: ${reason}`);

const report = (values: string, out: string, env: Record<string, string> = {}): Promise<Result> => {
  const command = [join(PROJECT, 'generator/bin.js'), 'report', '--values', values, '--out', out];
  return run(process.execPath, command, { env: { PATH: process.env['PATH'], TMPDIR: folder, ...env } });
};

test('without a server the schema files are drawn, and every login is tried', async (context) => {
  const out = join(folder, 'report.html');
  expect(await report(VALUES, out)).toMatchObject({
    code: 0,
    output: `no server is named, so the schema files are tried on one of this machine\nwrote ${out}\n`,
  });
  expect(readdirSync(folder).filter((name) => name.startsWith('shared-postgresql-'))).toEqual([]);
  const { page, faults } = await openFile(browserFor(context), out);
  expect(await page.locator('.tiles').innerText()).toContain('proven');
  expect(await page.locator('.diagram').allInnerTexts()).toHaveLength(3);
  expect(await page.getByText('TenantId').first().isVisible()).toBe(true);
  expect(await page.locator('.matrix .open').count()).toBe(3);
  expect(faults).toEqual([]);
});

test('a schema file that breaks is told, and the rest is there', async () => {
  const project = temporaryFolder();
  const files = {
    'schema/databases/a/001_t.sql': 'CREATE TABLE t (i int);\nSELECT 1/0;\n',
    'schema/databases/b/001_t.sql': 'CREATE TABLE u (i int);\n',
  };
  writeFiles(project, { ...files, 'values.yaml': 'services: { a: {}, b: {} }\n' });
  const out = join(project, 'report.html');
  expect((await report(join(project, 'values.yaml'), out)).code).toBe(0);
  const { stdout } = await run('cat', [out]);
  expect(stdout).toContain('a: ERROR:  001_t.sql:2:1: division by zero');
  expect(stdout).toContain('>u</text>');
});

test('a server that is named and does not answer is an error, and nothing is written', async () => {
  const out = join(folder, 'none.html');
  const result = await report(VALUES, out, { DATABASE_URL: 'postgresql://postgres:x@127.0.0.1:1' });
  expect(result.code).toBe(ENDINGS.unreached.code);
  expect(result.output).toContain('the server: ');
  expect(readdirSync(folder)).not.toContain('none.html');
});

test('passwords without a server are refused', async () => {
  const command = [
    join(PROJECT, 'generator/bin.js'),
    'report',
    '--values',
    VALUES,
    '--secrets',
    '-',
    '--out',
    join(folder, 'none.html'),
  ];
  const { code, output } = await run(process.execPath, command, { env: { PATH: process.env['PATH'] } });
  expect(output).toBe(
    '--secrets: no server is named that they could be tried on\n' +
      '  Name it with --url or DATABASE_URL; without a server the report makes one, which has passwords of its own.\n\n' +
      '1 problem; nothing was written.\n',
  );
  expect(code).toBe(ENDINGS.refused.code);
});

test.for(['light', 'dark'] as const)('it has colours of its own for %s, and for paper', async (colorScheme, context) => {
  const file = join(folder, 'three.html');
  writeFileSync(file, await render(await reportOn(['a', 'b', 'c'])));
  const { page, faults } = await openFile(browserFor(context), file, { colorScheme });
  const background = (): Promise<string> =>
    page.evaluate<string>(`getComputedStyle(document.querySelector('section')).backgroundColor`);
  expect(await background()).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(23, 29, 39)');
  await page.emulateMedia({ media: 'print', colorScheme });
  expect(await background()).toBe('rgb(255, 255, 255)');
  expect(faults).toEqual([]);
});

test('what a server says runs nothing', async (context) => {
  const file = join(folder, 'attacked.html');
  const attack = '"><img src=x onerror=alert(1)><script>alert(1)</script></text></svg></title></style><svg onload=alert(1)>';
  writeFileSync(file, await render(await reportOn(['a', 'b'], (text) => attack + text)));
  const { page, faults } = await openFile(browserFor(context), file);
  await page.mouse.wheel(0, 5000);
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.getByText(attack).count()).toBeGreaterThan(5);
  expect(faults).toEqual([]);
});

const NAMES = Array.from({ length: 1000 }, (_, index) => `svc-${String(index).padStart(4, '0')}`);

/** What a page of 1,000 services may take until all of it is there, in milliseconds. */
const GOAL = 2000;

test('a thousand services show at once, are searched and unfolded, and without scripts too', async (context) => {
  const file = join(folder, 'thousand.html');
  writeFileSync(file, await render(await reportOn(NAMES)));
  const { page, faults } = await openFile(browserFor(context), file);
  const shown = await page.evaluate<number>(`performance.getEntriesByType('navigation')[0].duration`);
  expect(shown).toBeLessThan(GOAL);
  await page.getByRole('searchbox').fill('svc-012 DB_USER');
  expect(await page.locator('output').innerText()).toBe('10 of 1000');
  expect(await page.locator('.service:visible').count()).toBe(10);
  await page.getByRole('button', { name: 'Unfold' }).click();
  expect(await page.locator('.service[open]').count()).toBe(10);
  await page.locator('.service[open] img').first().scrollIntoViewIfNeeded();
  await expect
    .poll(() => page.evaluate<number>(`document.querySelector('.service[open] img').naturalWidth`))
    .toBeGreaterThan(100);
  expect(faults).toEqual([]);

  const still = await openFile(browserFor(context), file, { javaScriptEnabled: false });
  expect(await still.page.getByRole('searchbox').count()).toBe(0);
  await still.page.locator('summary', { hasText: 'svc-0500' }).click();
  expect(await still.page.getByText('svc-0500-db-secret').isVisible()).toBe(true);
});
