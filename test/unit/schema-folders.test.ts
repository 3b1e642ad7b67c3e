import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listHomeFolders, readSchemaFolders } from '../../generator/generate/read/schema-folders.ts';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';

test('a pipe is not waited for', () => {
  const root = temporaryFolder();
  writeFiles(root, { 'schema/databases/a/002_b.sql': 'SELECT 1;\n' });
  execFileSync('sh', ['-c', 'mkfifo "$1"', '-', join(root, 'schema/databases/a/001_a.sql')]);
  expect(readSchemaFolders(root, { services: { a: {} } }).get('a')?.files).toContainEqual({
    name: '001_a.sql',
    unreadable: 'it is no regular file',
  });
});

test('nothing outside of the folder of values.yaml is read, and nothing that a link leads to', () => {
  const root = join(temporaryFolder(), 'root');
  writeFiles(root, { '../outside/001_a.sql': 'SELECT 1;\n' });
  execFileSync('mkdir', [root]);
  execFileSync('ln', ['-s', '../outside', join(root, 'schema')]);
  const folders = readSchemaFolders(root, { services: { a: { schema: '../outside' }, b: { schema: 'schema' } } });
  expect(folders.get('a')).toEqual({ path: '../outside' });
  expect(folders.get('b')).toEqual({ path: 'schema', unreadable: 'a symbolic link leads to it' });
  expect(listHomeFolders(root)).toEqual([]);
});
