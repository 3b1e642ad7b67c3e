import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deploy, writeFiles } from '../tools/deployment.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template, tryTemplate } from '../tools/helm.ts';
import { at, listAt, parseManifests, pick, type Manifest } from '../tools/manifests.ts';

/** A parent chart that has a chart under each of these aliases. */
const parentOf = (aliases: readonly string[], values: unknown = {}, chart = CHART): string => {
  const folder = temporaryFolder();
  const dependencies = aliases.map((alias) => ({ name: 'shared-postgresql', version: '0.1.0', alias, repository: '' }));
  writeFiles(folder, {
    'Chart.yaml': JSON.stringify({ apiVersion: 'v2', name: 'parent', version: '0.1.0', dependencies }),
    'values.yaml': JSON.stringify(values),
  });
  cpSync(chart, join(folder, 'charts/shared-postgresql'), { recursive: true });
  return folder;
};

const identityOf = ({ kind, metadata }: Manifest): string => `${metadata.namespace ?? ''}/${kind}/${metadata.name}`;

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  test('two aliases in one parent are two deployments, in namespaces of their own', async () => {
    const chart = parentOf(['orders-db', 'billing_DB'], { 'orders-db': { namespaceOverride: 'orders' } });
    const manifests = parseManifests(await template(major, { chart, release: 'r' }));
    const identities = manifests.map(identityOf);
    expect(new Set(identities).size).toBe(identities.length);
    expect(identities).toEqual(
      expect.arrayContaining([
        'orders/StatefulSet/r-orders-db',
        'default/StatefulSet/r-billing-db',
        'default/Service/r-billing-db-service',
      ]),
    );
    const selectors = manifests.filter(({ kind }) => kind === 'StatefulSet').map((set) => at(set, 'spec', 'selector'));
    expect(new Set(selectors.map((selector) => JSON.stringify(selector))).size).toBe(2);
  });

  test('two aliases with settings of their own are what each is alone, also of one name and below one global', async () => {
    const own = {
      orders: {
        namespaceOverride: 'orders',
        fullnameOverride: 'db',
        auth: { passwords: 'externalSecret' },
        tls: { mode: 'off', required: false },
        workload: { kind: 'Deployment' },
      },
      billing: {
        namespaceOverride: 'billing',
        fullnameOverride: 'db',
        auth: { passwords: 'externalSecret' },
        tls: { mode: 'certManager', issuer: { name: 'platform' } },
        provisioning: { schedule: '@hourly' },
        commonLabels: { 'example.org/team': 'billing' },
      },
    };
    const values = { global: { region: 'north' }, ...own };
    const render = async (...aliases: string[]): Promise<Manifest[]> =>
      parseManifests(await template(major, { chart: parentOf(aliases, values), release: 'r' }));
    const sorted = (manifests: readonly Manifest[]): Manifest[] =>
      manifests.toSorted((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
    const alone = await Promise.all(Object.keys(own).map((alias) => render(alias)));
    expect(sorted(await render('orders', 'billing'))).toEqual(sorted(alone.flat()));
  });

  test('without services, they may be in one namespace', async () => {
    const { chart: none } = await deploy({ values: 'services: {}\n', helm: major });
    const chart = parentOf(['orders-db', 'billing-db'], {}, none);
    const identities = parseManifests(await template(major, { chart, release: 'orders-db-billing-db' })).map(identityOf);
    expect(new Set(identities).size).toBe(identities.length);
  });

  test('two aliases never make one object', async () => {
    const chart = parentOf(['orders-db', 'billing-db']);
    const { code, stderr } = await tryTemplate(major, { chart, release: 'r' });
    expect(stderr).toMatch(
      /-db-secret is made by (orders|billing)-db and by (orders|billing)-db, in one namespace: generate the two charts from values with other names, or set namespaceOverride of one\./,
    );
    expect(code).not.toBe(0);
  });

  test('an alias that leaves no room for the release is refused, unless the name is given', async () => {
    const alias = 'a'.repeat(33);
    const { stderr } = await tryTemplate(major, { chart: parentOf([alias]) });
    expect(stderr).toContain(
      `the alias ${alias} is too long to name objects after it: make it at most 32 characters long, or set fullnameOverride.`,
    );
    expect((await tryTemplate(major, { chart: parentOf([alias], { [alias]: { fullnameOverride: 'db' } }) })).code).toBe(0);
  });

  test.each([
    [
      'extraEnv[0].name=PGDATA',
      'extraEnv[0].name is PGDATA, which belongs to the chart itself: take it out, or give it another name.',
    ],
    [
      'extraEnv[0].name=A,extraEnv[1].name=A',
      'extraEnv[1].name is A, which belongs to extraEnv[0]: take it out, or give it another name.',
    ],
    ['extraVolumes[0].name=data', 'extraVolumes[0].name is data, which belongs to the chart itself'],
    [
      'extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/tmp/',
      'extraVolumeMounts[0].mountPath is /tmp, which belongs to the chart itself',
    ],
    [
      'extraInitContainers[0].name=watch,extraInitContainers[0].image=a',
      'extraInitContainers[0].name is watch, which belongs to the chart itself',
    ],
  ])('--set %s is refused: the name is taken', async (setting, sentence) => {
    const { code, stderr } = await tryTemplate(major, { args: ['--set', setting] });
    expect(stderr).toContain(sentence);
    expect(code).not.toBe(0);
  });
});

test('the generator refuses every name that the chart has itself', async () => {
  const pod = at(pick(parseManifests(await template(4)), 'StatefulSet'), 'spec', 'template', 'spec');
  const [server] = listAt(pod, 'containers');
  const taken = (list: readonly unknown[], key: string): object[] => list.map((item) => ({ [key]: at(item, key) }));
  const values = {
    extraEnv: taken(listAt(server, 'env'), 'name'),
    extraVolumes: taken(listAt(pod, 'volumes'), 'name'),
    extraVolumeMounts: listAt(server, 'volumeMounts').map((mount) => ({ name: 'a', mountPath: at(mount, 'mountPath') })),
    extraInitContainers: taken(listAt(pod, 'containers'), 'name').map((named) => ({ ...named, image: 'a' })),
  };
  const count = Object.values(values).flat().length;
  expect(count).toBeGreaterThan(20);
  const refusal = await deploy({ values: JSON.stringify(values) }).then(String, String);
  expect(refusal.match(/belongs to the chart itself/g)).toHaveLength(count);
});
