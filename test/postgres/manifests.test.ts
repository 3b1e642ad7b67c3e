import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, expect, inject, test } from 'vitest';
import { runJob } from '../tools/job.ts';
import { makeRepository } from '../tools/manifests-repository.ts';
import { startServer, withClient, type Server } from '../tools/server.ts';

let server: Server | undefined;
afterAll(() => server?.end());

test('a server and its Job by plain manifests: each login has the password of the file, now and after a change', async () => {
  const { folder, command, objects } = await makeRepository('services: { a: {} }\n');
  const file = join(folder, 'manifests/passwords.env');
  const generate = async (): Promise<Record<string, string | undefined>> => {
    expect((await command('manifests')).code).toBe(0);
    return parseEnv(readFileSync(file, 'utf8'));
  };
  const first = await generate();
  const { port } = (server = await startServer(inject('postgres')[18], objects()));
  expect(await runJob(objects(), port)).toMatchObject({ code: 0 });
  const login = (service: string, password = ''): Promise<unknown> =>
    withClient({ host: '127.0.0.1', port, user: `${service}db_user`, database: `${service}db`, password }, async (client) => {
      return (await client.query<object>('SELECT 1 AS one')).rows;
    });
  expect(await login('a', first['ADB_USER_PASSWORD'])).toEqual([{ one: 1 }]);

  writeFileSync(file, readFileSync(file, 'utf8').replace(/^ADB_USER_PASSWORD=.*$/m, "ADB_USER_PASSWORD='an:other @1'"));
  writeFileSync(join(folder, 'values.yaml'), 'services: { a: {}, b: {} }\n');
  const second = await generate();
  expect(await runJob(objects(), port)).toMatchObject({ code: 0 });
  expect(await login('a', 'an:other @1')).toEqual([{ one: 1 }]);
  expect(await login('b', second['BDB_USER_PASSWORD'])).toEqual([{ one: 1 }]);
  await expect(login('a', first['ADB_USER_PASSWORD'])).rejects.toThrow('password authentication failed');
});
