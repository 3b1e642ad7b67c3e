import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { certificateFilesOf, connectionOf, type Login, type Writing } from '../../generator/generate/connections.ts';
import { certificateOf, clientCertificate, makeAuthority } from '../tools/authority.ts';
import { deploy } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runJob } from '../tools/job.ts';
import { dataOf, pick, withSecretText, type Manifest } from '../tools/manifests.ts';
import { NASTY_PASSWORDS } from '../tools/nasty-passwords.ts';
import { run, runOk } from '../tools/run.ts';
import { startServer, type Server } from '../tools/server.ts';
import { LANGUAGES, MISSING, type Client, type Language } from './languages.ts';
import { copyOf } from './prepare.ts';
import forms from '../../chart/connections/forms.json' with { type: 'json' };

/*
 * What a Secret holds, read by the clients that it is for, as whoever the password lets in: a login for each nasty password, set by the Job's own
 * scripts on a server that lets nobody in without TLS. Each form must let each in with verify-full, and nobody by another authority or without TLS.
 */
const certified = { connectionLimit: 2, clientCertificate: 'certified' };
const roles = { ...Object.fromEntries(NASTY_PASSWORDS.map((_, index) => [`r${index}`, { connectionLimit: 2 }])), certified };
const VALUES = JSON.stringify({ services: { shop: { connectionLimit: 2, roles } }, tls: { required: true } });

const folder = temporaryFolder();
const AUTHORITY = join(folder, 'ca.crt');
const STRANGER = join(folder, 'another.crt');
/** Who must show a certificate beside the password. */
const CERTIFIED = 'shopdb_certified';
let ofTheCertified: Login;
let server: Server;

beforeAll(async () => {
  const { manifests: rendered } = await deploy({ values: VALUES });
  const manifests = NASTY_PASSWORDS.reduce(
    (changed, password, index) => withSecretText(changed, `shop-r${index}-db-secret`, 'password', password),
    rendered,
  );
  writeFileSync(AUTHORITY, certificateOf(manifests)['ca.crt'] ?? '');
  writeFileSync(STRANGER, makeAuthority().certificate);
  server = await startServer(inject('postgres')[18], manifests);
  expect(await runJob(manifests, server.port)).toMatchObject({ code: 0 });
  const { password = '' } = dataOf(pick(manifests, 'Secret', 'shop-certified-db-secret'));
  ofTheCertified = { ...loginOf(0), user: CERTIFIED, password, showsCertificate: true };
  await writeCertificate(manifests);
});

/** As a pod mounts it: beside the authority, under the login's name. */
async function writeCertificate(manifests: readonly Manifest[]): Promise<void> {
  const { 'tls.crt': certificate = '', 'tls.key': key = '' } = dataOf(
    clientCertificate(manifests, { secret: 'certified', user: CERTIFIED }),
  );
  const files = certificateFilesOf(CERTIFIED, AUTHORITY);
  writeFileSync(files.certificateFile, certificate);
  writeFileSync(files.keyFile, key, { mode: 0o600 });
  await runOk('openssl', ['pkcs8', '-topk8', '-nocrypt', '-in', files.keyFile, '-outform', 'DER', '-out', files.derKeyFile]);
}
afterAll(() => server.end());

interface Line {
  readonly name: string;
  readonly client: string;
  readonly key: string;
  readonly text: string;
  /** What the client must say of it. */
  readonly answer: RegExp;
}

const loginOf = (index: number): Login => ({
  host: 'localhost',
  port: server.port,
  database: 'shopdb',
  user: `shopdb_r${index}`,
  password: NASTY_PASSWORDS[index] ?? '',
});

/** The text of a key; of the environment all its variables. */
function textOf(key: string, login: Login, sslmode: Writing['sslmode'], authorityFile = AUTHORITY): string {
  const connection = connectionOf(login, { forms: Object.keys(forms), sslmode, authorityFile, templates: {} });
  if (key !== 'environment') return connection[key] ?? '';
  const { keys, certificate } = forms.environment;
  const variables = Object.keys({ ...keys, ...certificate }).filter((name) => name in connection);
  return variables.map((name) => `${name}=${connection[name] ?? ''}`).join('\u001f');
}

const REFUSED = /no encryption|pg_hba\.conf/;
const UNKNOWN = /certificate|unable to find valid certification path|self.signed/i;

/** By each form that names the files: in, and refused by what the other forms of the same name would say. */
function linesOfCertified({ name: client, verifyFull, withoutCertificate = [] }: Client): Line[] {
  const certificates = new Map(Object.entries(forms).map(([key, form]) => [key, Object.keys(form.certificate)]));
  const keys = verifyFull.filter((key) => (certificates.get(key) ?? []).length > 0 && !withoutCertificate.includes(key));
  return keys.flatMap((key) => [
    {
      name: 'certified',
      client,
      key,
      text: textOf(key, ofTheCertified, 'verify-full'),
      answer: new RegExp(`^${CERTIFIED} true$`),
    },
    {
      ...{ name: 'without', client, key },
      text: textOf(key, { ...ofTheCertified, showsCertificate: false }, 'verify-full'),
      answer: /requires a valid client certificate/,
    },
  ]);
}

function linesOf(given: Client): Line[] {
  const { name: client, verifyFull, require, readsOnly = false } = given;
  const lines = verifyFull.flatMap((key) =>
    NASTY_PASSWORDS.map((password, index) => ({
      ...{ name: `${index}`, client, key },
      text: textOf(key, loginOf(index), 'verify-full'),
      answer: readsOnly ? new RegExp(`^${escaped(`[${password}] VerifyFull`)}$`) : answerOf(index),
    })),
  );
  if (readsOnly) return lines;
  const [first = ''] = verifyFull;
  const saysWhom = first !== 'asyncpg-uri' && first !== 'tokio-postgres-uri';
  return [
    ...lines,
    ...linesOfCertified(given),
    ...require.map((key) => ({ name: 'trusting', client, key, text: textOf(key, loginOf(0), 'require'), answer: answerOf(0) })),
    ...verifyFull
      .filter((key) => key !== 'pgpass')
      .map((key) => ({ name: 'plain', client, key, text: textOf(key, loginOf(0), 'disable'), answer: REFUSED })),
    ...(saysWhom
      ? [{ name: 'stranger', client, key: first, text: textOf(first, loginOf(0), 'verify-full', STRANGER), answer: UNKNOWN }]
      : []),
  ];
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const answerOf = (index: number): RegExp => new RegExp(`^shopdb_r${index} true$`);

/** What the program of a language says to these lines, in their order. */
async function ask(
  { environment }: Language,
  cwd: string,
  command: readonly string[],
  lines: readonly Line[],
): Promise<string[]> {
  const [program = '', ...args] = command;
  const input = lines.map(({ name, client, key, text }) => `${name}\t${client}\t${key}\t${text}\n`).join('');
  const own = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: AUTHORITY, NODE_EXTRA_CA_CERTS: AUTHORITY };
  const { stdout, stderr } = await run(program, args, { cwd, input, env: { ...process.env, ...own, ...environment } });
  const said = stdout.split('\n').map((line) => line.split('\t').slice(3).join('\t').trim());
  expect(said, stderr).toHaveLength(lines.length + 1);
  return said;
}

describe.each(LANGUAGES)('$name', (language) => {
  test(
    'logs in by each form with each password, and never without TLS or by another authority',
    { timeout: 900_000 },
    async ({ skip }) => {
      const cwd = copyOf(language.folder);
      const command = await language
        .prepare(cwd)
        .catch((error: unknown) => skip(`${language.name}: ${String(error).slice(0, 300)}`));
      const lines = language.clients.flatMap(linesOf);
      const said = await ask(language, cwd, command, lines);
      const wrong = lines.flatMap(({ name, client, key, answer }, index) =>
        answer.test(said[index] ?? '')
          ? []
          : [`${client} ${key} ${name} ${JSON.stringify(NASTY_PASSWORDS[Number(name)])}: ${said[index]}`],
      );
      expect(wrong).toEqual([]);
    },
  );
});

for (const [name, reason] of Object.entries(MISSING)) test(name, ({ skip }) => skip(reason));
