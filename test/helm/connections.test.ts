import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectionOf, type Writing } from '../../generator/generate/connections.ts';
import { CONTRACT } from '../tools/contract-fields.ts';
import { deploy, writeFiles } from '../tools/deployment.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template, tryTemplate, type TemplateOptions } from '../tools/helm.ts';
import { at, dataOf, listAt, parseManifests, pick } from '../tools/manifests.ts';
import { NASTY_PASSWORDS, UNCARRIED_PASSWORDS } from '../tools/nasty-passwords.ts';
import forms from '../../chart/connections/forms.json' with { type: 'json' };

/*
 * A connection Secret is written twice, by Helm and, where there is none, by the generator: for every form, mode and password the two must write
 * the same.
 */
const TEMPLATES = {
  'ecto-url': 'ecto://{{username}}:{{passwordForUri}}@{{host}}:{{port}}/{{database}}',
  'application.yaml':
    'password: {{passwordForJson}}\nplain: |-\n  {{password}}{{password}} {one} {{sslmode}} {{authorityFile}} {',
  dsn_of_ours: '{{passwordForDsn}}{{passwordForDotnet}}{{passwordForPgpass}}',
};
const ALL = Object.keys(forms);

/** Every other login must show a certificate, if the server speaks TLS. */
const showsCertificate = (index: number, sslmode: string): boolean => index % 2 === 1 && sslmode !== 'disable';

/** A chart with a service for each password, and the values. */
async function chartWith(passwords: readonly string[], values: object, sslmode = 'disable'): Promise<TemplateOptions> {
  const entryOf = (_: string, index: number): [string, object] => [
    `s${index}`,
    { connectionLimit: 1, ...(showsCertificate(index, sslmode) ? { clientCertificate: `s${index}` } : {}) },
  ];
  const services = Object.fromEntries(passwords.map(entryOf));
  const text = JSON.stringify({ services, ...values });
  const { chart } = await deploy({ values: text });
  const copy = join(temporaryFolder(), 'chart');
  cpSync(chart, copy, { recursive: true });
  const given = passwords.map((password, index) => [`s${index}db_user`, password]);
  writeFiles(copy, { 'passwords.json': JSON.stringify(Object.fromEntries(given)), '../values.json': text });
  return { chart: copy, args: ['--values', join(copy, '../values.json')] };
}

const MODES = [
  ['require', { tls: { mode: 'generated' }, connections: { forms: ALL, templates: TEMPLATES } }],
  [
    'verify-full',
    { tls: { mode: 'certManager' }, connections: { forms: ALL, sslmode: 'verify-full', authorityFile: '/a/b.crt' } },
  ],
  ['disable', { tls: { mode: 'off' }, connections: { forms: ALL } }],
] as const;

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  test.each(MODES)('writes for %s what the generator writes, whatever the password', async (sslmode, values) => {
    const manifests = parseManifests(await template(major, await chartWith(NASTY_PASSWORDS, values, sslmode)));
    const writing: Writing = { templates: {}, authorityFile: '/etc/shared-postgresql/ca.crt', ...values.connections, sslmode };
    for (const [index, password] of NASTY_PASSWORDS.entries()) {
      const { 'ca.crt': _, ...secret } = dataOf(pick(manifests, 'Secret', `s${index}-db-secret`));
      const login = {
        host: 'shared-postgresql-service.default.svc',
        port: 5432,
        database: `s${index}db`,
        user: `s${index}db_user`,
        password,
        showsCertificate: showsCertificate(index, sslmode),
      };
      expect(secret).toEqual(connectionOf(login, writing));
    }
  });

  test.each(UNCARRIED_PASSWORDS)('refuses the password %j, which some client would be given otherwise', async (password) => {
    const { code, stderr } = await tryTemplate(major, await chartWith([password], {}));
    expect(stderr).toContain(
      'The password of s0db_user has a control character (a line break at its end, perhaps) or is no UTF-8, which not every client is given unchanged: write it without, into the key password of its Secret.',
    );
    expect(code).not.toBe(0);
  });

  test('refuses verify-full at install where the server speaks no TLS', async () => {
    const { chart, args = [] } = await chartWith(['a-password'], { tls: { mode: 'off' } });
    const { code, stderr } = await tryTemplate(major, { chart, args: [...args, '--set', 'connections.sslmode=verify-full'] });
    expect(stderr).toContain(
      'connections.sslmode is verify-full, but the server speaks no TLS, and every form would say disable: give it TLS (tls.mode), or take sslmode out.',
    );
    expect(code).not.toBe(0);
  });
});

test('the contract lists the forms that there are, and lets nobody write their keys', () => {
  const fields = at(CONTRACT, 'properties', 'connections', 'properties');
  expect(listAt(fields, 'forms', 'items', 'enum')).toEqual(ALL);
  const basics = Object.keys(connectionOf({ host: '', port: 1, database: '', user: '', password: 'x' }, NOTHING));
  const keys = Object.values(forms).flatMap((form) => Object.keys({ ...form.keys, ...form.certificate }));
  expect(new Set(listAt(fields, 'templates', 'propertyNames', 'not', 'enum'))).toEqual(
    new Set([...basics, ...keys, ...hostsOfEngines(), 'ca.crt', 'rotation']),
  );
});

/** The further hosts that an engine's servers are reached by. */
function hostsOfEngines(): string[] {
  const text = readFileSync(join(CHART, 'templates/engines/cloudnative-pg/_engine.tpl'), 'utf8');
  return [...text.matchAll(/"(\w+-host)"/g)].map(([, key = '']) => key);
}

const NOTHING: Writing = { forms: [], templates: {}, sslmode: 'require', authorityFile: '/x' };
