import { describe, expect, test } from 'vitest';
import { compareManifests, jobIn } from '../../generator/cluster/changes.ts';
import { hintOn } from '../../generator/cluster/release.ts';

const OF_SERVER = 'labels: { app.kubernetes.io/component: server }';

const secret = (name: string, password: string): string =>
  `---\n# Source: a/secret.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\ndata:\n  password: ${password}\n  username: dQ==\n`;
const server = (image: string, replicas = 1): string =>
  `---\nkind: StatefulSet\nmetadata: { name: s, ${OF_SERVER} }\nspec:\n  replicas: ${replicas}\n  template:\n    spec:\n      containers: [{ name: a, image: "${image}" }]\n`;
const job = (hash: string, component = 'provisioning'): string =>
  `---\nkind: Job\nmetadata:\n  name: ${component}-${hash}\n  labels: { app.kubernetes.io/component: ${component} }\n`;

describe('what becomes of the objects of a release', () => {
  test('nothing changes, whatever order they are in and however they are written', () => {
    const [one, two] = [secret('a', 'c2VjcmV0'), server('postgres:18')];
    expect(compareManifests(one + two, two + one)).toEqual([]);
    expect(compareManifests(one, one.replace('password: c2VjcmV0', "password: 'c2VjcmV0'"))).toEqual([]);
  });

  test('what is added, changed and removed is named with its place, and no value is told', () => {
    const before = secret('a', 'c2VjcmV0') + secret('gone', 'eA==');
    const after = secret('a', 'b3RoZXI=') + secret('new', 'eQ==');
    const changes = compareManifests(before, after);
    expect(changes.map(({ kind, name, change, fields }) => [kind, name, change, fields])).toEqual([
      ['Secret', 'a', 'changed', ['data.password']],
      ['Secret', 'gone', 'removed', []],
      ['Secret', 'new', 'added', []],
    ]);
    expect(JSON.stringify(changes)).not.toMatch(/c2VjcmV0|b3RoZXI/);
  });

  test('the same name in another namespace is another object', () => {
    const [here, there] = ['here', 'there'].map(
      (namespace) => `---\nkind: Secret\nmetadata: { name: a, namespace: ${namespace} }\n`,
    );
    expect(compareManifests(here ?? '', there ?? '').map(({ namespace, change }) => [namespace, change])).toEqual([
      ['here', 'removed'],
      ['there', 'added'],
    ]);
  });

  test('what Helm is told to keep stays', () => {
    const kept = `---\nkind: PersistentVolumeClaim\nmetadata: { name: data, annotations: { helm.sh/resource-policy: keep } }\n`;
    expect(compareManifests(kept, '')).toMatchObject([{ change: 'kept' }]);
  });

  test('the server restarts when its pod is another, and for nothing else', () => {
    expect(compareManifests(server('postgres:17'), server('postgres:18'))).toMatchObject([
      { fields: ['spec.template.spec.containers[0].image'], restarts: true },
    ]);
    expect(compareManifests(server('postgres:18'), server('postgres:18', 0))).toMatchObject([
      { fields: ['spec.replicas'], restarts: false },
    ]);
  });

  test('keys of files and lists of another length tell where', () => {
    const config = (text: string, ports: string): string =>
      `---\nkind: ConfigMap\nmetadata: { name: c }\ndata: { postgresql.conf: ${text} }\nports: [${ports}]\n`;
    expect(compareManifests(config('a', '1, 2'), config('b', '1')).flatMap(({ fields }) => fields)).toEqual([
      'data["postgresql.conf"]',
      'ports',
    ]);
  });

  test('the Job of provisioning has another name in every revision, which is no change; what else it has is one', () => {
    expect(compareManifests(job('1'), job('2'))).toEqual([]);
    const changes = compareManifests(`${job('1')}spec: { backoffLimit: 6 }\n`, `${job('2')}spec: { backoffLimit: 1 }\n`);
    expect(changes).toMatchObject([{ name: 'provisioning-2', change: 'changed', fields: ['spec.backoffLimit'] }]);
    expect(jobIn(job('1', 'other') + job('2'))).toBe('provisioning-2');
  });
});

test('a conflict of Helm 4 is told with who has the field; another failure is not', () => {
  const said =
    'conflict occurred while applying object: Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec';
  expect(hintOn(said)).toMatch(
    /^Somebody changed the object by kubectl-set, and Helm 4 does not undo that unasked: .*--force-conflicts\. $/,
  );
  expect(hintOn('timed out')).toBe('');
});
