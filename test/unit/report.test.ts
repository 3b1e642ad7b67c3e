import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readPage } from '../../generator/generate/read/project.ts';
import { PROJECT } from '../tools/folders.ts';
import { render, reportOn } from '../tools/report.ts';

const ATTACKS = [
  '<script>alert(1)</script>',
  '</title></style></script><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '` onfocus=alert(1) autofocus `',
  '</text></svg><iframe src=javascript:alert(1)>',
  '{{constructor.constructor "alert(1)"}}',
  '<!--',
  ']]>',
  '&lt;script&gt;',
];

/** The elements of a page with their attributes' names, in their order. */
const outlineOf = (html: string): string[] =>
  [
    ...html
      .replace(/<(style|script)>.*?<\/\1>/gs, '<$1></$1>')
      .matchAll(/<(\/?[a-zA-Z!][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/g),
  ].map(([, name = '', attributes = '']) =>
    [name, ...[...attributes.matchAll(/([\w:-]+)(?:="[^"]*")?/g)].map(([, each]) => each)].join(' '),
  );

let plain: string;
beforeAll(async () => {
  plain = await render(await reportOn(['a', 'b']));
});

test.each(ATTACKS)('no text of a server becomes markup: %s', async (attack) => {
  const attacked = await render(await reportOn(['a', 'b'], (text) => attack + text));
  expect(attacked).not.toContain(attack);
  expect(outlineOf(plain).length).toBeGreaterThan(300);
  expect(outlineOf(attacked)).toEqual(outlineOf(plain));
  expect([...attacked.matchAll(/</g)].length).toBe([...plain.matchAll(/</g)].length);
});

test('what turns a line around or hides in it is written out', async () => {
  const html = await render(await reportOn(['a'], (text) => `\u202e${text}\u0007`));
  expect(html).toContain('\\xe2\\x80\\xaecustomers\\x07');
  for (const hidden of ['\u202e', '\u0007']) expect(html).not.toContain(hidden);
});

test('the page may load nothing, and run no script and apply no style but its own', async () => {
  const html = await render(await reportOn(['a']));
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/
    .exec(html)?.[1]
    ?.replaceAll('&#x27;', "'")
    .replaceAll('&#x3D;', '=');
  const hashOf = (element: string): string => {
    const text = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html)?.[1] ?? '';
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  expect(policy?.split('; ')).toEqual([
    "default-src 'none'",
    `style-src ${hashOf('style')}`,
    `script-src ${hashOf('script')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(html).not.toMatch(/ (style|on\w+)="|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
});

test('templates escape all but the own style and script, and put every value of an attribute between quotes', () => {
  const folder = join(PROJECT, 'generator/templates/report');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.hbs'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(text.match(/\{\{\{(?!(style|script)\}\}\})/), name).toBeNull();
    expect(text, name).not.toMatch(/<\w[^>]*=\{\{/);
  }
});

test('the same report is the same page', async () => {
  const report = await reportOn(['a', 'b']);
  expect(await render(report)).toBe(await render(report));
});

test('what the next upgrade restarts the server for is among the differences', async () => {
  const html = await render(await reportOn(['a']));
  expect(html).toContain('What the next upgrade with these values restarts the server for');
  expect(html).toContain('started with 200');
});

test('values alone say what is declared', async () => {
  const { found: _, ...report } = await reportOn(['a', 'b']);
  const html = await render({ ...report, found: undefined });
  expect(html).toContain('So the values declare it; no server was asked.');
  expect(html).toContain('title="adb_user is refused at bdb"');
  expect(html).toContain('No diagram: no server was asked.');
});

test('a thousand services fold, and their diagrams are pictures', async () => {
  const names = Array.from({ length: 120 }, (_, index) => `svc-${index}`);
  const html = await render(await reportOn(names));
  expect(html.match(/<details class="service"/g)).toHaveLength(120);
  expect(html).not.toMatch(/<details[^>]* open/);
  expect(html).toContain('and 113 services more');
  const picture = /src="data:image\/svg\+xml;base64,([^"]*)"/.exec(html)?.[1]?.replaceAll('&#x3D;', '=') ?? '';
  expect(Buffer.from(picture, 'base64').toString()).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^]*customers[^]*<\/svg>\s*$/,
  );
});

test('every part of the page is used', () => {
  const parts = [...readPage()].filter(([name]) => name.endsWith('.hbs'));
  const text = parts.map(([, part]) => part).join('\n');
  expect(
    parts.map(([name]) => name.replace('.hbs', '')).filter((name) => name !== 'page' && !text.includes(`{{> ${name} `)),
  ).toEqual([]);
});

test('a proof by a sample says that it is one', async () => {
  expect(await render(await reportOn(['a']))).toContain('Each was tried on the server with a real login.');
  expect(await render(await reportOn(['a', 'b', 'c']))).toContain(
    'These were tried on the server with a real login, an even sample of 9 pairs of login and database; about all of them the catalogs were asked.',
  );
});
