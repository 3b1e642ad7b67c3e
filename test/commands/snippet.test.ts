import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FRAMEWORKS } from '../../generator/commands/frameworks.ts';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run, type Result } from '../tools/run.ts';

const VALUES = `
services:
  shop: { existingSecret: shop-from-vault, roles: { reporting: {} } }
`;

function snippet(values: string, ...words: string[]): Promise<Result> {
  const cwd = temporaryFolder();
  writeFiles(cwd, { 'values.yaml': values });
  return run(process.execPath, [join(PROJECT, 'generator/bin.js'), 'snippet', ...words], { cwd });
}

test('a role has a Secret of its own, and the authority is where the values say', async () => {
  const { code, stdout, stderr } = await snippet(
    `tls: { mode: certManager }${VALUES}`,
    'shop.reporting',
    '--for',
    'rust',
    '--quiet',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    '\nThe Secret shared-postgresql-tls is in the namespace of the deployment: pods elsewhere need one of that name',
  );
  expect(stdout).toContain('{ name: PGUSER, valueFrom: { secretKeyRef: { name: shop-reporting-db-secret, key: username } } }\n');
  expect(stdout).toContain('secret: { secretName: shared-postgresql-tls, items: [{ key: ca.crt, path: ca.crt }] }\n');
  expect(stdout).toMatch(/\n\nlet pool = .*;\n/);
});

test('a Secret of somebody else, and a server without TLS, are said', async () => {
  const { stdout } = await snippet(`tls: { mode: off }${VALUES}`, 'shop', '--for', 'php');
  expect(stdout).toContain('secretKeyRef: { name: shop-from-vault, key: host }');
  expect(stdout).toContain(
    '\nThe server speaks no TLS (tls.mode: off): say disable for verify-full, and leave out the authority with its volume.\n' +
      '\nThe Secret shop-from-vault is yours: beside password it must have what is read here.\n',
  );
});

test('what a Secret of somebody else must have, also where none is named', async () => {
  const { stdout } = await snippet('auth: { passwords: existingSecret }\nservices: { shop: {} }\n', 'shop', '--for', 'go');
  expect(stdout).toContain(
    '\nThe Secret shop-db-secret is yours: beside password it must have what is read here, ' +
      'and ca.crt as the Secret shared-postgresql-tls of the deployment has it.\n',
  );
});

test('a login that must show a certificate is given its Secret, and told what its code needs', async () => {
  const values = 'services: { shop: { clientCertificate: shop-certificate, rotation: 1 } }\n';
  const { stdout } = await snippet(values, 'shop', '--for', 'postgres.js');
  expect(stdout).toContain('{ name: PGSSLKEY, value: /etc/shared-postgresql/$(PGUSER).tls.key }');
  expect(stdout).toContain('secret: { name: shop-certificate, items: [{ key: tls.crt, path: shopdb_user_2.tls.crt }');
  expect(stdout).toContain(
    '\nThe login must show the certificate of the Secret shop-certificate. In its code: `cert: readFileSync(',
  );
});

test('the files of a certificate that the chart issues have the names of the forms already', async () => {
  const values = 'tls: { issueClientCertificates: true }\nservices: { shop: { clientCertificate: shop-certificate } }\n';
  const { stdout } = await snippet(values, 'shop', '--for', 'go');
  expect(stdout).toContain('        - secret: { name: shop-certificate }\n');
});

test('who is not there is told who is', async () => {
  const { code, stderr } = await snippet(VALUES, 'shops', '--for', 'php');
  expect(stderr).toContain(
    'values.yaml: there is no service or role shops that is on\n  Those that are on: shop, shop.reporting.\n',
  );
  expect(code).toBe(4);
});

test('who names no framework is told which there are', async () => {
  const { code, stderr } = await snippet(VALUES, 'shop');
  expect(stderr).toBe(
    'it is not said for which framework\n' + `  Give --for and one of ${FRAMEWORKS.join(', ')}. See what there is with --help.\n`,
  );
  expect(code).toBe(3);
});
