import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildModel, type Model } from '../../generator/generate/model.ts';
import { fingerprintsOf, readSecrets } from '../../generator/server/passwords.ts';
import { parseValues } from '../../generator/generate/parse.ts';
import { divide } from '../../generator/generate/validate/budget.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';
import { settleNames } from '../../generator/generate/validate/names.ts';
import { project } from '../tools/project.ts';

const VALUES = `platformLogins: { monitoring: {}, bi: { existingSecret: bi-from-vault } }
services: { a: { roles: { reporting: {} } }, b: { existingSecret: from-vault } }`;
const secret = (name: string, password: string, namespace?: string): object => ({
  kind: 'Secret',
  metadata: { name, namespace },
  data: { password: Buffer.from(password).toString('base64') },
});
const read = (...secrets: readonly object[]): unknown => {
  const text = JSON.stringify({ kind: 'List', items: secrets });
  return Object.fromEntries(readSecrets([{ file: 'secrets.json', text }], model()).passwords);
};

describe('Secrets as kubectl prints them', () => {
  test('give each login its password, from the Secret of its name or of the platform team', () => {
    expect(
      read(
        secret('a-db-secret', 'one'),
        secret('from-vault', 'two\n'),
        secret('a-reporting-db-secret', 'three'),
        secret('other', 'four'),
      ),
    ).toEqual({ a: 'one', b: 'two', 'a.reporting': 'three' });
  });

  test('give a login of the platform its password, from the Secret that says it is of it, or from the one of the platform team', () => {
    const ofRelease = { ...secret('x-monitoring-login', 'one'), stringData: { username: 'platform_monitoring' } };
    expect(read(ofRelease, secret('bi-from-vault', 'two'), secret('bi-login', 'other'))).toEqual({
      '+monitoring': 'one',
      '+bi': 'two',
    });
  });

  test('that the Job could not use are left out', () => {
    expect(
      read(secret('a-db-secret', ''), secret('from-vault', 'two\nlines'), {
        kind: 'Secret',
        metadata: { name: 'a-reporting-db-secret' },
      }),
    ).toEqual({});
  });

  test('may be one alone', () => {
    expect([...readSecrets([{ file: '-', text: JSON.stringify(secret('a-db-secret', 'one')) }], model()).passwords]).toEqual([
      ['a', 'one'],
    ]);
  });

  test('of several namespaces are refused when a login would have two passwords, and only then', () => {
    const of = (namespace: string, password: string): object => secret('a-db-secret', password, namespace);
    expect(() => read(of('one', 'x'), of('two', 'y'))).toThrow(
      'secrets.json: Secret a-db-secret is there twice, of namespace one and of two, with another password in each',
    );
    expect(read(of('one', 'x'), of('two', 'x'), secret('other', 'x', 'one'), secret('other', 'y', 'two'))).toEqual({ a: 'x' });
  });

  test.each([
    ['', 'there is nothing in it'],
    ['apiVersion: v1', 'there is no Secret in it, but something without a kind'],
    ['[]', 'there is no Secret in it'],
    ['null', 'there is no Secret in it'],
    ['kind: ConfigMap\n---\nkind: Service\n', 'there is no Secret in it, but ConfigMap, Service'],
    ['{"kind": "Secret", "metadata": {"name": ', 'it is neither JSON nor YAML: '],
    ['PGHOST=localhost\n', 'this .env file has no PGUSER and PGPASSWORD'],
    ['{"kind": "List", "items": []}', "no password in it is one of the services'; it has none at all"],
  ])('are refused when they are %j', (text, message) => {
    expect(() => readSecrets([{ file: 'secrets.json', text }], model()).passwords).toThrow(message);
    expect(() => readSecrets([{ file: 'secrets.json', text }], model()).passwords).toThrow(/^secrets\.json[\d:]*: /);
  });

  test('of another deployment are refused with what there is and what is wanted', () => {
    expect(() => read(secret('x', 'one'), secret('y', 'two'))).toThrow(
      "secrets.json: no password in it is one of the services'; it has x, y\n  Wanted are a-db-secret, a-reporting-db-secret, from-vault, bi-from-vault. Name the namespace: ",
    );
  });

  test('that are no base64 are named, and not shown', () => {
    const broken = { kind: 'Secret', metadata: { name: 'a-db-secret' }, data: { password: 'pa$$word' } };
    expect(() => read(broken)).toThrow(
      'secrets.json: Secret a-db-secret: what stands at data.password is no base64; in plain text it belongs at stringData.password',
    );
    expect(() => read(broken)).not.toThrow(/pa\$\$word/);
    expect(read({ ...broken, metadata: { name: 'other' } }, secret('a-db-secret', 'one'))).toEqual({ a: 'one' });
  });
});

describe('Secrets in other forms', () => {
  const readText = (text: string, file = 'secrets.yaml'): unknown =>
    Object.fromEntries(readSecrets([{ file, text }], model()).passwords);
  const asYaml = (name: string, fields: string): string =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${fields}\n`;

  test('YAML: one, several documents, a List, stringData, and whatever else a chart renders', () => {
    expect(readText(asYaml('a-db-secret', 'data: { password: b25l }'))).toEqual({ a: 'one' });
    expect(readText(asYaml('a-db-secret', 'stringData: { password: plain }\ndata: { password: b25l }'))).toEqual({ a: 'plain' });
    const others = 'kind: ConfigMap\ndata:\n  text: |\n    ---\n    kind: Secret\n\ttab: [\n';
    const documents = [
      others,
      asYaml('from-vault', 'data:\n  password: |\n    dHdv\n'),
      '# nothing\n',
      asYaml('a-db-secret', 'data: { password: b25l }'),
    ];
    expect(readText(documents.join('---\n# Source: chart\n'))).toEqual({ a: 'one', b: 'two' });
    expect(
      readText('kind: List\nitems:\n  - { kind: Secret, metadata: { name: from-vault }, data: { password: dHdv } }\n'),
    ).toEqual({ b: 'two' });
  });

  test('.env files, by the login role that each is of', () => {
    const environment = (user: string, password: string): string =>
      `# of dev\nDATABASE_URL=postgresql://x\nPGUSER=${user}\nexport PGPASSWORD='${password}'\n`;
    expect(readText(environment('adb_user', 'one'))).toEqual({ a: 'one' });
    const files = ['adb_reporting', 'bdb_user'].map((user) => ({ file: `${user}.env`, text: environment(user, `of ${user}`) }));
    expect(Object.fromEntries(readSecrets(files, model()).passwords)).toEqual({
      'a.reporting': 'of adb_reporting',
      b: 'of bdb_user',
    });
    const twice = ['x.env', 'y.env'].map((file) => ({ file, text: environment('adb_user', file) }));
    expect(() => readSecrets(twice, model())).toThrow('y.env: x.env has another password for adb_user');
  });

  test('YAML that is broken is told with its place, and its line is not shown', () => {
    const text = asYaml('a-db-secret', 'data:\n\tpassword: geheim');
    expect(() => readText(text)).toThrow(
      /^secrets\.yaml:6:1: it is neither JSON nor YAML: .*\n {2}YAML is indented by spaces, never by tabs\.$/,
    );
    expect(() => readText(`kind: Service\n---\n${text}`)).toThrow(/^secrets\.yaml:8:1: /);
    expect(() => readText(text)).not.toThrow(/geheim/);
  });
});

test('a fingerprint is keyed with the password of the admin', () => {
  const hash = createHash('sha256').update('admin\na.reporting\none').digest('hex');
  expect(fingerprintsOf({ admin: 'admin', byCredential: new Map([['a.reporting', 'one']]) })).toBe(`${hash}  a.reporting`);
});

function model(): Model {
  const { contract } = project;
  const parsed = parseValues('values.yaml', VALUES);
  const checked = checkContract(parsed, contract);
  const budget = divide(checked.values);
  const names = settleNames(checked.values);
  return buildModel({ ...checked, names, budget, schemaFiles: new Map() }, { parsed, contract, rules: new Map() });
}
