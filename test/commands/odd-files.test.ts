import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { explain } from '../../generator/commands/errors.ts';
import { compareChart } from '../../generator/generate/compare.ts';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { readChart } from '../../generator/generate/read/chart.ts';
import { listHomeFolders, readSchemaFolders } from '../../generator/generate/read/schema-folders.ts';
import { readValuesText } from '../../generator/generate/read/texts.ts';
import type { OutputFile } from '../../generator/generate/render/output.ts';
import { validate } from '../../generator/generate/validate.ts';
import { write } from '../../generator/generate/write.ts';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { project } from '../tools/project.ts';
import { run } from '../tools/run.ts';
import { unprivileged } from '../../generator/laptop/identity.ts';

/*
 * Every odd thing that a disk can have, in every place that is read or written. Either it is accepted, and then it is on the list below and
 * nothing but the chart has changed, or one sentence names it and nothing has changed at all.
 */
const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

/** How each thing is made at a path; `outside` is a folder that nothing may change. */
const THINGS: Readonly<Record<string, (path: string, outside: string) => Promise<void> | void>> = {
  nothing: () => undefined,
  'an empty file': (path) => writeFileSync(path, ''),
  'a huge file': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 33);
  },
  'a folder': (path) => mkdirSync(path),
  'a pipe': (path) => void execFileSync('sh', ['-c', 'mkfifo "$1"', '-', path]),
  'a socket': async (path) => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((listening) => server.listen(path, listening));
  },
  'a link to a file': (path, outside) => symlinkSync(join(outside, 'file'), path),
  'a link to a folder': (path, outside) => symlinkSync(outside, path),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a link to nothing': (path, outside) => symlinkSync(join(outside, 'nothing'), path),
  'a link to itself': (path) => symlinkSync(path, path),
};

const FOLDERS = ['schema', 'schema/databases', 'schema/databases/a', 'out', 'out/sql', 'out/sql/a', 'out/templates/services'];
const FILES = ['values.yaml', 'schema/databases/a/001_a.sql', 'out/sql/a/001_a.sql', 'out/desired.json', 'out/Chart.yaml'];

const GENERATED = ['out/sql/a/001_a.sql', 'out/desired.json'];
/** What is fine where. */
const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  nothing: [...FOLDERS, ...FILES.filter((path) => path !== 'values.yaml')],
  'a folder': FOLDERS,
  // One without a banner is not overwritten; Chart.yaml has none.
  'an empty file': FILES.filter((path) => !GENERATED.includes(path)),
  'a huge file': ['out/Chart.yaml'],
  'a link to a file': ['values.yaml'],
  // The chart's folder is the one that was named, wherever it is.
  'a link to a folder': ['out'],
};

const pairs = [...FOLDERS, ...FILES].flatMap((place) => Object.keys(THINGS).map((thing) => [thing, place] as const));

/** A project whose chart is as generated. */
const whole = temporaryFolder();
let files: readonly OutputFile[];
beforeAll(async () => {
  writeFiles(whole, {
    'values.yaml': 'services: { a: {} }\n',
    'schema/databases/a/001_a.sql': 'SELECT 1;\n',
    'outside/file': '',
  });
  ({ files } = await generate(readInput({ values: join(whole, 'values.yaml'), out: join(whole, 'out') }, project)));
  expect(await say(() => writeInto(whole))).toBe('');
});

describe('what a disk can have', () => {
  test.each(pairs)('%s in the place of %s', { tags: 'quarter' }, async (thing, place) => {
    const root = temporaryFolder();
    cpSync(whole, root, { recursive: true });
    rmSync(join(root, place), { recursive: true });
    await THINGS[thing]?.(join(root, place), join(root, 'outside'));
    const before = treeOf(root);
    const said = await say(() => (place.startsWith('out') ? writeInto(root) : check(root)));
    if (said === '') {
      expect(ACCEPTED[thing] ?? [], `${thing} as ${place} was accepted`).toContain(place);
      const written = thing === 'a link to a folder' ? ['out', 'outside'] : ['out'];
      expect(treeOf(root, written)).toEqual(treeOf(root, written, before));
    } else {
      expect(ACCEPTED[thing] ?? [], said).not.toContain(place);
      const sentence = `^\\S*${place}(/[\\w./]+)?: [^\\n]+\\n  [^\\n]+\\n\\n1 problem; nothing was written\\.$`;
      expect(said.replaceAll(root, '')).toMatch(new RegExp(sentence));
      expect(said).not.toMatch(/^ +at |the server:|\b(E[A-Z]{4,}|ERR_\w+)\b/m);
      expect(treeOf(root)).toEqual(before);
    }
  });
});

/** What is said when something goes wrong; nothing when all goes well. */
async function say(act: () => unknown): Promise<string> {
  try {
    await act();
    return '';
  } catch (error) {
    return explain(error).text;
  }
}

/** Reads a project as every command does, and checks it. */
async function check(root: string): Promise<void> {
  await validate(readInput({ values: join(root, 'values.yaml') }, project));
}

/** Writes the files into the chart of a project, as generate does. */
function writeInto(root: string): void {
  const out = join(root, 'out');
  write(out, compareChart(readChart(out), files), () => undefined);
}

type Tree = Readonly<Record<string, string>>;

/** What lies below a folder, but for some of it; or the same of a tree that was read before. */
function treeOf(root: string, without: readonly string[] = [], tree = readTree(root)): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !without.includes(path.split('/')[0] ?? '')));
}

function readTree(root: string): Tree {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(root, path), describeEntry(path)];
    }),
  );
}

function describeEntry(path: string): string {
  const state = lstatSync(path);
  if (state.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (!state.isFile()) return String(state.mode);
  return state.size > 2 ** 30 ? `${state.size} bytes` : readFileSync(path, 'utf8');
}

describe('names', () => {
  const named = async (length: number): Promise<string> => {
    const root = temporaryFolder();
    writeFiles(root, { 'values.yaml': 'services: { a: {} }\n', [`schema/databases/a/001_${'a'.repeat(length - 8)}.sql`]: '' });
    return say(() => check(root));
  };

  test('with the name of its service a schema file has a name as long as a ConfigMap carries, and no longer', async () => {
    expect(await named(251)).toBe('');
    expect(await named(252)).toMatch(/\.sql: "001_a+\.sql" is not a name of a schema file\n.*at most 251 characters\n/);
  });

  test('a schema folder of a name that no disk has is named', async () => {
    const root = temporaryFolder();
    writeFiles(root, { 'values.yaml': `services: { a: { schema: ${'a'.repeat(300)} } }\n` });
    expect(await say(() => check(root))).toMatch(/^a{300}: the folder is not read: its name is too long for the disk\n/);
  });
});

describe('what may not be read or written', () => {
  /** Acts as somebody to whom nothing belongs. Root may read and write everything. */
  const asNobody = async (root: string, act: () => unknown): Promise<string> => {
    const identity = unprivileged();
    chmodSync(root, 0o755);
    if (identity) process.seteuid?.(identity.uid);
    try {
      return await say(act);
    } finally {
      if (identity) process.seteuid?.(0);
    }
  };

  test.each(['schema', 'schema/databases', 'schema/databases/a', 'schema/databases/a/001_a.sql'])('%s', async (place) => {
    const root = temporaryFolder();
    cpSync(whole, root, { recursive: true });
    chmodSync(join(root, place), 0);
    let folders: ReturnType<typeof readSchemaFolders> = new Map();
    expect(await asNobody(root, () => (folders = readSchemaFolders({ root }, { services: { a: {} } })))).toBe('');
    const reason = { unreadable: 'whoever runs this may not' };
    const file = { path: 'schema/databases/a', files: [{ name: '001_a.sql', ...reason }], others: [] };
    expect(folders.get('a')).toEqual(place.endsWith('.sql') ? file : { path: 'schema/databases/a', ...reason });
    expect(await asNobody(root, () => listHomeFolders(root))).toBe('');
  });

  test('values.yaml', async () => {
    const root = temporaryFolder();
    cpSync(whole, root, { recursive: true });
    chmodSync(join(root, 'values.yaml'), 0);
    expect(await asNobody(root, () => readValuesText(join(root, 'values.yaml')))).toContain(
      'values.yaml: the file cannot be read: whoever runs this may not\n',
    );
  });

  test.each(['out', 'out/sql/a', 'out/templates'])('a file in %s', async (place) => {
    const root = temporaryFolder();
    mkdirSync(join(root, place), { recursive: true });
    const folder = join(root, 'out');
    const changed = [{ path: `${place}/x/1.sql`.slice(4), content: '' }];
    const before = treeOf(root);
    expect(await asNobody(root, () => write(folder, { changed, unchanged: [], stale: [] }, () => undefined))).toBe(
      `${join(root, place)}/x/1.sql: the file cannot be written: whoever runs this may not\n` +
        '  Mend that, or name another folder with --out DIR.\n\n1 problem; nothing was written.',
    );
    expect(treeOf(root)).toEqual(before);
  });

  test('a file that cannot be removed is named, and that it was half done', async () => {
    const root = temporaryFolder();
    writeFiles(root, { 'out/sql/a/1.sql': '' });
    const [folder, stale] = [join(root, 'out'), ['sql/a/1.sql']];
    expect(await asNobody(root, () => write(folder, { changed: [], unchanged: [], stale }, () => undefined))).toBe(
      `${folder}/sql/a/1.sql: it cannot be used: whoever runs this may not\n  Mend that and run this again; it may be half done.`,
    );
  });

  /** Runs with a limit on the size of files, which is like a disk that is full after the first of them. */
  test('a disk that is full leaves the chart as it was', async () => {
    const root = temporaryFolder();
    writeFiles(root, {
      'values.yaml': 'services: { a: {} }\n',
      'schema/databases/a/001_a.sql': `SELECT '${'x'.repeat(9000)}';\n`,
    });
    const before = treeOf(root);
    const script = 'trap "" XFSZ; ulimit -f 8; exec "$@"';
    const generator = [process.execPath, join(PROJECT, 'generator/bin.js'), 'generate', '--out', 'out'];
    const { code, stderr } = await run('bash', ['-c', script, '-', ...generator], { cwd: root });
    expect({ code, stderr }).toEqual({
      code: ENDINGS.refused.code,
      stderr:
        'out/sql/a/001_a.sql: the file cannot be written: it is too large\n' +
        '  Mend that, or name another folder with --out DIR.\n\n1 problem; nothing was written.\n',
    });
    expect(treeOf(root)).toEqual(before);
  });
});
