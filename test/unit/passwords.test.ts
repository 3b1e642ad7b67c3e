import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildModel, type Service } from '../../generator/generate/model.ts';
import { fingerprintsOf, readSecrets } from '../../generator/server/passwords.ts';
import { parseValues } from '../../generator/generate/parse.ts';
import { readContract } from '../../generator/generate/read/project.ts';
import { divide } from '../../generator/generate/validate/budget.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';
import { settleNames } from '../../generator/generate/validate/names.ts';

const secret = (name: string, password: string, namespace?: string): object => ({
  kind: 'Secret',
  metadata: { name, namespace },
  data: { password: Buffer.from(password).toString('base64') },
});
const read = (...secrets: readonly object[]): unknown => {
  const text = JSON.stringify({ kind: 'List', items: secrets });
  return Object.fromEntries(readSecrets('secrets.json', text, services()));
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

  test('that the Job could not use are left out', () => {
    expect(
      read(secret('a-db-secret', ''), secret('from-vault', 'two\nlines'), {
        kind: 'Secret',
        metadata: { name: 'a-reporting-db-secret' },
      }),
    ).toEqual({});
  });

  test('may be one alone', () => {
    expect([...readSecrets('-', JSON.stringify(secret('a-db-secret', 'one')), services())]).toEqual([['a', 'one']]);
  });

  test('of several namespaces are refused when a login would have two passwords, and only then', () => {
    const of = (namespace: string, password: string): object => secret('a-db-secret', password, namespace);
    expect(() => read(of('one', 'x'), of('two', 'y'))).toThrow(
      'secrets.json: Secret a-db-secret is there twice, of namespace one and of two, with another password in each',
    );
    expect(read(of('one', 'x'), of('two', 'x'), secret('other', 'x', 'one'), secret('other', 'y', 'two'))).toEqual({ a: 'x' });
  });

  test.each(['', 'apiVersion: v1', '[]', '{"items": 1}', 'null'])('are refused when they are %j', (text) => {
    expect(() => readSecrets('secrets.json', text, services())).toThrow('secrets.json: this is no list of Secrets in JSON');
  });
});

test('a fingerprint is keyed with the password of the admin', () => {
  const hash = createHash('sha256').update('admin\na.reporting\none').digest('hex');
  expect(fingerprintsOf({ admin: 'admin', byCredential: new Map([['a.reporting', 'one']]) })).toBe(`${hash}  a.reporting`);
});

function services(): readonly Service[] {
  const contract = readContract();
  const parsed = parseValues('values.yaml', 'services: { a: { roles: { reporting: {} } }, b: { existingSecret: from-vault } }');
  const checked = checkContract(parsed, contract);
  const budget = divide(checked.values);
  const names = settleNames(checked.values);
  return buildModel({ ...checked, names, budget, schemaFiles: new Map() }, { parsed, contract, rules: new Map() }).services;
}
