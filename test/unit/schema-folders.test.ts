import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listHomeFolders, readSchemaFolders } from '../../generator/generate/read/schema-folders.ts';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';

test('a pipe is not waited for', () => {
  const root = temporaryFolder();
  writeFiles(root, { 'schema/databases/a/002_b.sql': 'SELECT 1;\n' });
  execFileSync('sh', ['-c', 'mkfifo "$1"', '-', join(root, 'schema/databases/a/001_a.sql')]);
  expect(readSchemaFolders({ root }, { services: { a: {} } }).get('a')?.files).toContainEqual({
    name: '001_a.sql',
    unreadable: 'it is no regular file',
  });
});

test('nothing outside of the folder of values.yaml is read, and nothing that a link leads to', () => {
  const root = join(temporaryFolder(), 'root');
  writeFiles(root, { '../outside/001_a.sql': 'SELECT 1;\n' });
  execFileSync('mkdir', [root]);
  execFileSync('ln', ['-s', '../outside', join(root, 'schema')]);
  const folders = readSchemaFolders({ root }, { services: { a: { schema: '../outside' }, b: { schema: 'schema' } } });
  expect(folders.get('a')).toEqual({ path: '../outside' });
  expect(folders.get('b')).toEqual({ path: 'schema', unreadable: 'a symbolic link leads to it' });
  expect(listHomeFolders(root)).toEqual([]);
});

test('nothing of the chart that is written from it is a schema folder; what stands beside values.yaml may be the chart', () => {
  const root = temporaryFolder();
  writeFiles(root, { 'chart/sql/a/001_a.sql': 'SELECT 1;\n', 'schema/databases/b/001_a.sql': 'SELECT 1;\n' });
  const values = { services: { a: { schema: 'chart/sql/a' }, b: {} } };
  const inChart = { path: 'chart/sql/a', unreadable: 'it lies in the chart, which is written from it' };
  expect(readSchemaFolders({ root, chart: join(root, 'chart') }, values).get('a')).toEqual(inChart);
  expect(readSchemaFolders({ root, chart: root }, values).get('b')?.files).toHaveLength(1);
});

test('what lies beside and below schema files is known, and a file that no ConfigMap holds is not read', () => {
  const root = temporaryFolder();
  writeFiles(root, { 'a/001_a.sql': '', 'a/README.md': '', 'a/.hidden': '', 'a/b/c/x.SQL': '', 'a/b/y.txt': '', 'a/Z.SQL': '' });
  writeFileSync(join(root, 'a/002_b.sql'), '');
  truncateSync(join(root, 'a/002_b.sql'), 2 ** 33);
  expect(readSchemaFolders({ root }, { services: { a: { schema: 'a' } } }).get('a')).toEqual({
    path: 'a',
    files: [
      { name: '001_a.sql', bytes: Buffer.from('') },
      { name: '002_b.sql', size: 2 ** 33 },
    ],
    others: ['README.md', 'Z.SQL', 'b/c/x.SQL'],
  });
});
