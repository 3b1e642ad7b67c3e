import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../tools/folders.ts';
import { packProject, type Packed } from '../tools/package.ts';

let packed: Packed;
beforeAll(async () => {
  packed = await packProject();
});

/** The files below a folder of the project, by their paths in it. */
const filesBelow = (folder: string): string[] =>
  readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(PROJECT.length));

/** What the program reads of itself while it runs, what people read, and the chart. */
const FOLDERS = ['chart', 'docs', 'generator/templates', 'generator/generate/validate/rules'];
const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'generator/bin.js',
  'generator/built.js',
  'package.json',
  'schema/kubernetes.json',
  'schema/values.schema.json',
];

test('the package has what a consumer needs, and nothing else', () => {
  const built = packed.files.filter((path) => path.startsWith('dist/'));
  expect(built).toEqual(expect.arrayContaining(['dist/main.js', 'dist/sources.sha256']));
  expect(built.filter((path) => !/^dist\/[\w-]+\.(js|sha256)$/.test(path))).toEqual([]);
  const others = packed.files.filter((path) => !path.startsWith('dist/'));
  expect(others.sort()).toEqual([...FILES, ...FOLDERS.flatMap(filesBelow)].sort());
  expect(others).toContain('chart/.helmignore');
  expect(packed.bytes).toBeLessThan(8 * 1024 * 1024);
});

test('every page that the README of the package leads a user to is in it', () => {
  const links = [...readFileSync(join(PROJECT, 'README.md'), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(
    ([, link = '']) => link,
  );
  expect(links.length).toBeGreaterThan(8);
  expect(links.filter((link) => link !== 'CONTRIBUTING.md' && !packed.files.includes(link))).toEqual([]);
});
