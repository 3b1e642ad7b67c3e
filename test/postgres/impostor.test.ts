import { createServer, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { deploy } from '../tools/deployment.ts';
import { runHelmTest, runJob } from '../tools/job.ts';
import { ADMIN_SECRET, dataOf, pick, secretList } from '../tools/manifests.ts';
import { runProgram } from '../tools/program.ts';

/*
 * No password goes to somebody who answers in the server's place and asks for it in another way than SCRAM, or proves nothing. With TLS he would have to
 * prove that the certificate is his as well, which tls.test.ts tries.
 */
const VALUES = 'tls: { mode: off }\nservices:\n  a-service: { roles: { reporting: {} } }\n  b-service: {}\n  c-service: {}\n';

/** Somebody who answers in the server's place, and what he hears but for the beginnings of sessions. Both counted from one: the session, and what it said. */
function listen(
  answer: (session: number, message: number) => Buffer,
): Promise<{ server: NetServer; port: number; heard: string[] }> {
  const heard: string[] = [];
  let sessions = 0;
  const server = createServer((socket) => {
    let session = 0;
    let message = 0;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (session === 0 && data.length === 8) return void socket.write('N');
      if (session === 0) session = sessions += 1;
      else heard.push(data.toString('latin1'));
      socket.write(answer(session, (message += 1)));
    });
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0, heard });
    }),
  );
}

/** AuthenticationCleartextPassword, …MD5Password, …SASL, and …Ok with ReadyForQuery, in the protocol's message formats. */
const CLEAR_TEXT = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
const MD5 = Buffer.from([0x52, 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4]);
const SCRAM = Buffer.concat([Buffer.from([0x52, 0, 0, 0, 23, 0, 0, 0, 10]), Buffer.from('SCRAM-SHA-256\0\0')]);
const NOTHING = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

test.each([
  ['in clear text', () => CLEAR_TEXT],
  ['as MD5', () => MD5],
  ['not at all', () => NOTHING],
  ['by SCRAM, and then not at all', (_: number, message: number) => (message === 1 ? SCRAM : NOTHING)],
  ['by SCRAM, and then in clear text', (_: number, message: number) => (message === 1 ? SCRAM : CLEAR_TEXT)],
  [
    'at first by SCRAM, and later in clear text',
    (session: number, message: number) => (session > 2 ? CLEAR_TEXT : message === 1 ? SCRAM : NOTHING),
  ],
])('who asks for the password %s learns nothing', async (_, answer) => {
  const { manifests, chart } = await deploy({ values: VALUES });
  const password = dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '';
  const command = (name: string) => (port: number) => {
    const args = [name, '--values', join(chart, '../values.yaml'), ...(name === 'plan' ? [] : ['--secrets', '-'])];
    const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGPASSWORD: password };
    return runProgram(args, { env, input: secretList(manifests) });
  };
  for (const attempt of [
    (port: number) => runJob(manifests, port, { WAIT_SECONDS: '5' }),
    (port: number) => runHelmTest(manifests, port, { WAIT_SECONDS: '5' }),
    ...['plan', 'apply', 'verify'].map(command),
  ]) {
    const { server, port, heard } = await listen(answer);
    const { output, code } = await attempt(port);
    expect(heard.join('\n')).not.toMatch(new RegExp(`${password}|SELECT|ROLE|md5[0-9a-f]{32}`));
    expect([1, ENDINGS.unreached.code]).toContain(code);
    if (answer(1, 1) !== SCRAM)
      expect(output).toContain(
        "asks for the password in another way than SCRAM, so it is not this deployment's server; nothing was sent\n",
      );
    server.close();
  }
});
