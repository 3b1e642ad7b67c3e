import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { helm } from '../tools/helm.ts';
import { dataOf, parseManifests, pick } from '../tools/manifests.ts';

/** What Helm 3 renders when it finds these Secrets in the cluster. */
async function renderAmong(chart: string, secrets: Record<string, Record<string, string>>): Promise<string> {
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
        { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, data: encode(data) },
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
