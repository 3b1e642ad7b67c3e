import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../tools/folders.ts';
import { textsAt } from '../tools/manifests.ts';

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'chart/README.md', ...docs()];

function docs(): string[] {
  return readdirSync(join(PROJECT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
}

const read = (page: string): string => readFileSync(join(PROJECT, page), 'utf8');

/** What a heading is reached by, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): string[] =>
  [
    ...read(page)
      .replace(/^```[^]*?^```/gm, '')
      .matchAll(/^#+ (.+)$/gm),
  ].map(([, heading = '']) => anchorOf(heading));

const linksOf = (page: string): string[] =>
  [
    ...read(page)
      .replace(/^```[^]*?^```/gm, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !target.includes('://'));

test.each(PAGES)('every link of %s leads to a page, and to a heading of it', (page) => {
  const broken = linksOf(page).filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(PROJECT, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(PAGES)('every table of %s has one head, and stands there once', (page) => {
  const tables = [
    ...read(page)
      .replace(/^```[^]*?^```/gm, '')
      .matchAll(/^\|.*(?:\n\|.*)*/gm),
  ].map(([table]) => table);
  const heads = tables.map((table) => [...table.matchAll(/^\|(?: *:?-+:? *\|)+$/gm)].length);
  expect(heads).toEqual(tables.map(() => 1));
});

test('the front page stays one: under 120 lines, and every page of docs is reached from it', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(120);
  expect(docs().filter((page) => !linksOf('README.md').includes(page))).toEqual([]);
});

test('every script that a page names is in package.json', () => {
  const scripts = Object.keys(textsAt(JSON.parse(read('package.json')), 'scripts'));
  for (const page of PAGES) {
    const named = [...read(page).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name);
    expect(
      named.filter((name) => !scripts.includes(name)),
      page,
    ).toEqual([]);
  }
});
