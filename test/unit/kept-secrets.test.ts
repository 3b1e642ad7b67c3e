import { describe, expect, test } from 'vitest';
import { compareSecrets, otherNamespaces, secretsIn, withoutSecrets } from '../../generator/cluster/kept-secrets.ts';

const RENDERED = `---
# Source: shared-postgresql/templates/services/mail.yaml
apiVersion: v1
kind: Secret
metadata:
  name: "mail-db-secret"
  namespace: data
  labels:
    app.kubernetes.io/part-of: shared-postgresql
    app.kubernetes.io/instance: db
    app.kubernetes.io/component: service
data:
  username: bWFpbA==
  database: bWFpbA==
  password: b25l
---
apiVersion: v1
kind: ConfigMap
metadata: { name: other }
`;

const WHERE = { release: 'db', namespace: 'data' };
const wanted = (text = RENDERED): unknown[] => secretsIn(text, WHERE);

/** As the API has it after it was applied. */
const written = (text = RENDERED, ...keys: readonly string[]): unknown[] =>
  wanted(text).map((secret) => ({
    ...(typeof secret === 'object' ? secret : {}),
    metadata: {
      ...(typeof secret === 'object' && secret !== null && 'metadata' in secret && typeof secret.metadata === 'object'
        ? secret.metadata
        : {}),
      uid: '1',
      managedFields: [
        { manager: 'shared-postgresql', fieldsV1: { 'f:data': Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) } },
      ],
    },
  }));

const inUse = new Set(['data/mail-db-secret']);
const compared = (before: readonly unknown[], after = wanted(), used: ReadonlySet<string> = inUse) =>
  compareSecrets(after, before, { where: WHERE, inUse: used });

describe('what becomes of the Secrets that deploy keeps', () => {
  test('Helm is told to leave them alone, and may take them over again', () => {
    expect(wanted()).toMatchObject([
      {
        kind: 'Secret',
        metadata: {
          labels: { 'shared-postgresql/kept-by': 'deploy' },
          annotations: {
            'helm.sh/resource-policy': 'keep',
            'meta.helm.sh/release-name': 'db',
            'meta.helm.sh/release-namespace': 'data',
          },
        },
      },
    ]);
  });

  test('only what differs is applied, and no value is told', () => {
    expect(compared(written())).toMatchObject({ applied: [], removed: [], changes: [] });
    expect(compared([])).toMatchObject({ applied: wanted(), changes: [{ name: 'mail-db-secret', change: 'added' }] });
    const longer = wanted(RENDERED.replace('  password', '  host: ZGI=\n  password'));
    const { applied, changes } = compared(written(), longer);
    expect(applied).toEqual(longer);
    expect(changes).toMatchObject([{ change: 'changed', fields: ['data.host'] }]);
    expect(JSON.stringify(changes)).not.toContain('ZGI=');
  });

  test('a key that was written here and is no more wanted is a difference, what others added is not', () => {
    const longer = RENDERED.replace('  password', '  uri: eA==\n  password');
    expect(compared(written(longer, 'uri', 'password')).changes).toMatchObject([{ fields: ['data.uri'] }]);
    expect(compared(written(longer, 'password')).changes).toEqual([]);
  });

  test('of a service that is gone it is removed, but not while something reads it, nor the admin’s, nor another’s', () => {
    expect(compared(written(), [], new Set()).changes).toMatchObject([{ name: 'mail-db-secret', change: 'removed' }]);
    expect(compared(written(), []).removed).toEqual([]);
    expect(compared(written(RENDERED.replace('component: service', 'component: server')), [], new Set()).removed).toEqual([]);
    expect(compared(written(RENDERED.replace('instance: db', 'instance: b')), [], new Set()).removed).toEqual([]);
  });

  test('a Secret of somebody else in its place is refused, and so is another password for the same login', () => {
    const foreign = [{ kind: 'Secret', metadata: { name: 'mail-db-secret', namespace: 'data' } }];
    expect(() => compared(foreign)).toThrow('Secret mail-db-secret in data is there already, and not of the release db in data.');
    const other = wanted(RENDERED.replace('b25l', 'dHdv'));
    expect(() => compared(written(), other)).toThrow(
      'Secret mail-db-secret would get another password, and its login is the same.',
    );
    expect(
      compared(written(), wanted(RENDERED.replace('b25l', 'dHdv').replace('username: bWFp', 'username: b3Ro'))).changes,
    ).toHaveLength(1);
  });

  test('of a release of the same name elsewhere it is left alone, and refused where it is in the way', () => {
    const theirs = secretsIn(RENDERED.replace('namespace: data', 'namespace: team'), { release: 'db', namespace: 'staging' });
    expect(compared(theirs, []).removed).toEqual([]);
    expect(() => compared(theirs, wanted(RENDERED.replace('namespace: data', 'namespace: team')))).toThrow(
      'not of the release db in data',
    );
  });

  test('in the namespace of its service it is removed as well, once the service is gone or has moved', () => {
    const both = (place: string) => wanted(`${RENDERED}---\n${RENDERED.replace('namespace: data', `namespace: ${place}`)}`);
    expect(otherNamespaces([], both('team'), WHERE)).toEqual(['team']);
    expect(compared(both('team'), [], new Set()).changes.map(({ namespace }) => namespace)).toEqual(['data', 'team']);
    const moved = compared(both('team'), both('other'), new Set(['data/mail-db-secret', 'other/mail-db-secret'])).changes;
    expect(moved.map(({ namespace, change }) => [namespace, change])).toEqual([
      ['data', 'changed'],
      ['other', 'added'],
      ['team', 'removed'],
    ]);
  });

  test('whoever changes the copy in the namespace of a service stops nothing: it is written again', () => {
    const team = RENDERED.replace('namespace: data', 'namespace: team');
    expect(compared(written(team.replace('b25l', 'dHdv')), wanted(team)).changes).toMatchObject([{ fields: ['data.password'] }]);
  });

  test('one that the cluster would remove with its owner is refused', () => {
    const labels = { 'app.kubernetes.io/part-of': 'shared-postgresql', 'app.kubernetes.io/instance': 'db' };
    const ownerReferences = [{ kind: 'ExternalSecret', name: 'mail' }];
    const before = [{ kind: 'Secret', metadata: { name: 'mail-db-secret', namespace: 'data', labels, ownerReferences } }];
    expect(() => compared(before)).toThrow('Secret mail-db-secret in data belongs to ExternalSecret mail, and would go with it.');
  });

  test('Helm is told the name of an admin’s Secret that an earlier chart made, and nothing that Secrets hold', () => {
    const admin = RENDERED.replace('mail-db-secret', 'db-admin');
    expect(withoutSecrets([...written(), ...written(admin)])).toEqual({
      path: 'present.json',
      content: '{"db-admin":{"metadata":{},"data":{}}}',
    });
  });
});
