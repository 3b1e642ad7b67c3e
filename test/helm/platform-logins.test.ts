import { expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { HELM_MAJORS, template } from '../tools/helm.ts';
import { dataOf, parseManifests, pick } from '../tools/manifests.ts';

const VALUES = `platformLogins:
  monitoring: {}
  own: { existingSecret: from-vault }
  migrator: { access: migrator, services: [a-service] }
  reporting: { access: readonly, services: [a-service] }
services:
  a-service: { namespace: team-a, roles: { batch: {} } }
`;
const SEED = ['--set', 'auth.seed=a-seed-of-at-least-32-characters'];

/** The names of the Secrets, or of what makes them, with their namespaces. */
const namesOf = (output: string, kind: string): string[] =>
  parseManifests(output)
    .filter((each) => each.kind === kind)
    .map(({ metadata }) => `${String(metadata.namespace)}/${metadata.name}`)
    .filter((name) => /login|reporting|migrator|batch/.test(name));

test.each(HELM_MAJORS)(
  'the Secrets of the platform are in its own namespace, by whatever passwords come from, with Helm %i',
  async (major) => {
    const { chart } = await deploy({ values: VALUES });
    const render = (...args: string[]): Promise<string> =>
      template(major, {
        chart,
        args: ['--namespace', 'platform', '--values', `${chart}/../values.yaml`, '--set-string', 'tls.mode=off', ...args],
      });
    const all = [
      'platform/shared-postgresql-monitoring-login',
      'team-a/a-service-batch-db-secret',
      'platform/a-service-batch-db-secret',
      'platform/a-service-migrator-db-secret',
      'platform/a-service-reporting-db-secret',
    ].sort();
    const made = await render('--set', 'auth.generatedWithoutCluster=true');
    expect(namesOf(made, 'Secret').sort()).toEqual(all);
    const secret = (output: string): Record<string, string> =>
      dataOf(pick(parseManifests(output), 'Secret', 'shared-postgresql-monitoring-login'));
    expect(secret(made)).toMatchObject({ user: 'platform_monitoring', database: 'postgres' });
    const [derived, again] = [
      await render('--set', 'auth.passwords=derived', ...SEED),
      await render('--set', 'auth.passwords=derived', ...SEED),
    ];
    expect(namesOf(derived, 'Secret').sort()).toEqual(all);
    expect(secret(derived)['password']).toBe(secret(again)['password']);
    expect(secret(derived)['uri']).toContain('platform_monitoring:');
    // The Job sets them of the Secrets that there are, by the names of their credentials.
    const job = JSON.stringify(parseManifests(made).find(({ kind }) => kind === 'Job'));
    for (const [name, path] of [
      ['from-vault', '+own/password'],
      ['shared-postgresql-monitoring-login', '+monitoring/password'],
      ['a-service-reporting-db-secret', 'a-service.reporting/password'],
    ])
      for (const text of [name, path]) expect(job).toContain(JSON.stringify(text));
    const existing = await render('--set', 'auth.passwords=existingSecret,auth.generatedWithoutCluster=true');
    expect(namesOf(existing, 'Secret')).toEqual(['platform/shared-postgresql-monitoring-login']);
    await expect(render('--set', 'platformLogins.more.connectionLimit=1')).rejects.toThrow(
      'platformLogins.more is in the values, but the chart was generated without it',
    );
    await expect(render('--set', 'platformLogins.own.existingSecret=shared-postgresql-secret')).rejects.toThrow(
      'belongs to the admin already',
    );
  },
);
