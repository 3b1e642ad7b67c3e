import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { helm } from '../tools/helm.ts';
import { dataOf, parseManifests, pick } from '../tools/manifests.ts';

/** What Helm 3 renders when it finds these Secrets in the cluster. */
async function renderAmong(
  chart: string,
  secrets: Record<string, Record<string, string>>,
  annotations: Record<string, string> = {},
): Promise<string> {
  const encode = (data: Record<string, string>): object =>
    Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
  const answers: Record<string, object> = {
    '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
    '/api/v1': {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [{ name: 'secrets', namespaced: true, kind: 'Secret', verbs: ['get', 'list'] }],
    },
    ...Object.fromEntries(
      Object.entries(secrets).map(([name, data]) => [
        `/api/v1/namespaces/default/secrets/${name}`,
        { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default', annotations }, data: encode(data) },
      ]),
    ),
  };
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url.replace(/\?.*/, '')];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const config = join(temporaryFolder(), 'config');
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${String(port)}` } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
      'current-context': 'c',
    }),
  );
  const { stdout, stderr, code } = await helm(3, [
    'template',
    'r',
    chart,
    '--dry-run=server',
    '--kubeconfig',
    config,
    '--namespace',
    'default',
  ]);
  server.close();
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

test('a Secret that was made for another login lends nobody its password', async () => {
  const { chart } = await deploy({ values: 'services:\n  evil-service: {}\n  payments-service: {}\n' });
  // Before this upgrade the entry of evil-service had secretName: payments-service-db-secret, and there was no payments-service.
  const text = await renderAmong(chart, {
    'payments-service-db-secret': { username: 'evildb_user', database: 'evildb', password: 'KnownToEvil' },
  });
  const { username, password } = dataOf(pick(parseManifests(text), 'Secret', 'payments-service-db-secret'));
  expect(username).toBe('paymentsdb_user');
  expect(password).not.toBe('KnownToEvil');
});

test('the Secret of a login keeps its password', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
  const text = await renderAmong(chart, {
    'payments-service-db-secret': { username: 'paymentsdb_user', database: 'paymentsdb', password: 'ItsOwn' },
  });
  expect(dataOf(pick(parseManifests(text), 'Secret', 'payments-service-db-secret'))['password']).toBe('ItsOwn');
});

test('a login whose service has a namespace has one password, kept in the deployment’s own', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: { namespace: payments }\n' });
  const text = await renderAmong(chart, {
    'payments-service-db-secret': { username: 'paymentsdb_user', database: 'paymentsdb', password: 'ItsOwn' },
  });
  const secrets = parseManifests(text).filter(({ metadata }) => metadata.name === 'payments-service-db-secret');
  expect(secrets.map((secret) => [secret.metadata.namespace, dataOf(secret)['password']]).sort()).toEqual([
    ['default', 'ItsOwn'],
    ['payments', 'ItsOwn'],
  ]);
});

test('the admin keeps the password of a Secret without a name, and nobody gets that of another login', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
  const admin = async (data: Record<string, string>): Promise<string | undefined> =>
    dataOf(pick(parseManifests(await renderAmong(chart, { 'r-shared-postgresql-admin': data })), 'Secret', /-admin$/))[
      'password'
    ];
  expect(await admin({ password: 'Kept' })).toBe('Kept');
  expect(await admin({ username: 'postgres', password: 'Kept' })).toBe('Kept');
  expect(await admin({ username: 'evildb_user', password: 'KnownToEvil' })).not.toBe('KnownToEvil');
});

describe('the certificate', () => {
  const NAME = 'r-shared-postgresql-tls';
  const day = 86_400_000;
  const inDays = (days: number): string => `${new Date(Date.now() + days * day).toISOString().slice(0, 19)}Z`;

  /** What an upgrade makes of the certificate of an install, whose annotations are changed meanwhile. */
  const upgraded = async (changes: Record<string, string>): Promise<[Record<string, string>, Record<string, string>]> => {
    const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
    const installed = pick(parseManifests(await renderAmong(chart, {})), 'Secret', NAME);
    const annotations = { ...installed.metadata.annotations, ...changes };
    const text = await renderAmong(chart, { [NAME]: dataOf(installed) }, annotations);
    return [dataOf(installed), dataOf(pick(parseManifests(text), 'Secret', NAME))];
  };

  test('stays until the last third of its life', async () => {
    const [before, after] = await upgraded({ 'shared-postgresql/certificate-ends': inDays(250) });
    expect(after).toEqual(before);
  });

  test.each([
    ['in the last third of its life', { 'shared-postgresql/certificate-ends': inDays(240) }],
    ['when it has ended', { 'shared-postgresql/certificate-ends': inDays(-1) }],
    ['when nobody knows when it ends', { 'shared-postgresql/certificate-ends': 'soon' }],
    ['when other names are wanted', { 'shared-postgresql/certificate-names': 'localhost' }],
  ])('is made anew %s, by the authority that clients know', async (_, changes) => {
    const [before, after] = await upgraded(changes);
    const [certificate, authority] = [after['tls.crt'] ?? '', after['ca.crt'] ?? ''].map((text) => new X509Certificate(text));
    expect(after['tls.crt']).not.toBe(before['tls.crt']);
    expect(after['tls.key']).not.toBe(before['tls.key']);
    expect(after['ca.crt']).toBe(before['ca.crt']);
    expect(authority && certificate?.verify(authority.publicKey)).toBe(true);
    expect(Date.parse(certificate?.validTo ?? '') - Date.now()).toBeGreaterThan(729 * day);
  });

  test('has another authority when the former would end before it', async () => {
    const [before, after] = await upgraded({ 'shared-postgresql/authority-ends': inDays(700) });
    expect(after['ca.crt']).not.toBe(before['ca.crt']);
    expect(after['tls.crt']).not.toBe(before['tls.crt']);
  });
});
