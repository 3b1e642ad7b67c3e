import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deploy, writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template as templateOf, tryTemplate, WITH_PASSWORDS, type HelmMajor } from '../tools/helm.ts';
import { evaluated } from '../tools/helm-yaml.ts';
import { runJob } from '../tools/job.ts';
import { at, dataOf, parseManifests, pick, textsAt, withSecretText, ADMIN_SECRET, type Manifest } from '../tools/manifests.ts';
import { violations } from '../tools/kubernetes.ts';
import { renderAmong } from '../tools/seeing.ts';

const VALUES = `services: { a-service: { roles: { batch: {} } }, b-service: {} }\n`;
const LOGINS = ['a-service-db-secret', 'a-service-batch-db-secret', 'b-service-db-secret', 'r-shared-postgresql-secret'];
const SEED = `{{.x}}"\\'%&=<>#`.repeat(3);

const chartOf = async (): Promise<string> => (await deploy({ values: VALUES })).chart;

/** A rendering without a cluster. */
const render = async (major: HelmMajor, ...args: string[]): Promise<Manifest[]> =>
  parseManifests(await templateOf(major, { chart: await chartOf(), release: 'r', args }));

const passwordsOf = (manifests: readonly Manifest[]): (string | undefined)[] =>
  LOGINS.map((name) => dataOf(pick(manifests, 'Secret', name))['password']);

const secretsOf = (manifests: readonly Manifest[]): Manifest[] => manifests.filter(({ kind }) => kind === 'Secret');

/** The seed in a file, as whoever renders the chart has it beside the values. */
const withSeed = (): string[] => {
  const folder = temporaryFolder();
  writeFiles(folder, { 'seed.json': JSON.stringify({ auth: { seed: SEED } }) });
  return ['--values', join(folder, 'seed.json')];
};

/** What a template of the operator's would take for its own. */
const annotations = (): string => {
  const folder = temporaryFolder();
  const a = '{{ .password }} {{{- fail "x" }} }} `{{`';
  writeFiles(folder, {
    'annotations.json': JSON.stringify({ services: { 'a-service': { annotations: { 'example.org/a': a } } } }),
  });
  return join(folder, 'annotations.json');
};

/** A chart that was given these passwords, as the command manifests does. */
async function withPasswords(passwords: Record<string, string>): Promise<{ readonly chart: string }> {
  const chart = join(temporaryFolder(), 'chart');
  cpSync(await chartOf(), chart, { recursive: true });
  writeFileSync(join(chart, 'passwords.json'), JSON.stringify(passwords));
  return { chart };
}

describe.each(HELM_MAJORS)('Helm %i, without a cluster', (major) => {
  test('makes no password and no key in silence, and is the same every time', async () => {
    const [manifests, again] = [await render(major), await render(major)];
    expect(manifests).toEqual(again);
    expect(passwordsOf(manifests)).toEqual([undefined, undefined, undefined, undefined]);
    expect(secretsOf(manifests)).toHaveLength(4);
    expect(Object.keys(dataOf(pick(manifests, 'Secret', 'a-service-db-secret'))).sort()).toEqual([
      'database',
      'dbname',
      'host',
      'port',
      'provider',
      'type',
      'user',
      'username',
    ]);
  });

  test('starts every pod nevertheless, since only a pod can say why there is none', async () => {
    const manifests = await render(major);
    const mounted = JSON.stringify(manifests).match(/\{"secret":\{[^[]*\[.*?\].*?\}\}/g) ?? [];
    expect(mounted.length).toBeGreaterThan(5);
    for (const source of mounted) expect(source).toContain('"optional":true');
  });

  test('has its Job say at once what to choose', async () => {
    const manifests = await render(major);
    const { output, code, seconds } = await runJob(manifests, 1);
    expect(output).toMatch(
      /^server: the admin's Secret has no usable key 'password' \(one line, not empty\)\. If the chart was rendered/,
    );
    expect(code).toBe(1);
    // It waits for a server for five minutes.
    expect(seconds).toBeLessThan(60);
    const withAdmin = withSecretText(manifests, ADMIN_SECRET, 'password', 'a');
    const later = await runJob(withAdmin, 1, { WAIT_SECONDS: '1' });
    expect(later.output).toMatch(
      /^server: no login has a Secret with the key 'password'\. If the chart was rendered.*\nserver: /,
    );
  });

  test('makes them where the values say so, in Secrets that the next rendering cannot change', async () => {
    const [first, second] = [await render(major, ...WITH_PASSWORDS), await render(major, ...WITH_PASSWORDS)];
    for (const secret of secretsOf(first)) expect(at(secret, 'immutable'), secret.metadata.name).toBe(true);
    expect(secretsOf(first)).toHaveLength(5);
    expect(passwordsOf(first)).not.toEqual(passwordsOf(second));
    // All else stays, the Job with its name: Kubernetes refuses the Secrets, and whoever was let in is let in.
    const others = (manifests: Manifest[]): Manifest[] => manifests.filter(({ kind }) => kind !== 'Secret');
    expect(others(first)).toEqual(others(second));
  });

  test('derives the same from a seed', async () => {
    const args = ['--set', 'auth.passwords=derived,tls.mode=off', ...withSeed()];
    const manifests = await render(major, ...args);
    expect(await render(major, ...args)).toEqual(manifests);
    expect(passwordsOf(manifests)).toEqual(EXPECTED);
    for (const secret of secretsOf(manifests)) expect(secret).not.toHaveProperty('immutable');
    expect(JSON.stringify(manifests)).not.toContain('{{.x}}');
  });

  test('has the External Secrets Operator make them, in the very forms', async () => {
    const manifests = await render(major, '--set', 'auth.passwords=externalSecret,tls.mode=off', '--values', annotations());
    expect(manifests.flatMap(violations)).toEqual([]);
    expect(secretsOf(manifests)).toEqual([]);
    const external = manifests.filter(({ kind }) => kind === 'ExternalSecret').map(({ metadata }) => metadata.name);
    expect(external.sort()).toEqual([...LOGINS].sort());
    expect(manifests.filter(({ kind }) => kind === 'Password')).toHaveLength(1);

    const template = at(pick(manifests, 'ExternalSecret', 'a-service-db-secret'), 'spec', 'target', 'template');
    const [data] = await evaluated(major, textsAt(template, 'data'), [{ password: 'Made0fThem' }]);
    const { chart } = await withPasswords({ adb_user: 'Made0fThem' });
    const args = ['--set', 'tls.mode=off', '--values', annotations()];
    const ours = pick(parseManifests(await templateOf(major, { chart, release: 'r', args })), 'Secret', 'a-service-db-secret');
    expect(data).toEqual(dataOf(ours));
    expect(await evaluated(major, textsAt(template, 'metadata', 'annotations'), [{}])).toEqual([ours.metadata.annotations]);
  });

  test('derives another where the counter is another, and no other one', async () => {
    const values = VALUES.replace('{ roles:', '{ rotation: 2, roles:');
    const { chart } = await deploy({ values });
    const args = ['--set', 'auth.passwords=derived,tls.mode=off', ...withSeed()];
    const passwords = passwordsOf(parseManifests(await templateOf(major, { chart, release: 'r', args })));
    expect(passwords[0]).toMatch(/^[0-9a-f]{36}$/);
    expect(passwords[0]).not.toBe(EXPECTED[0]);
    expect(passwords.slice(1)).toEqual(EXPECTED.slice(1));
  });

  test.each([
    ['auth.passwords=derived,tls.mode=off', 'passwords are derived, but auth.seed has less than 32 characters'],
    ['services.a-service.passwords=derived', 'passwords are derived, but auth.seed has less than 32 characters'],
    ['auth.passwords=existingSecret', 'tls.mode is generated, but there is no cluster to look into'],
    [`auth.passwords=derived,auth.seed=${'x'.repeat(32)}`, 'tls.mode is generated, but there is no cluster to look into'],
  ])('refuses %s', async (setting, sentence) => {
    const { code, stderr } = await tryTemplate(major, { chart: await chartOf(), args: ['--set', setting] });
    expect(stderr).toContain(sentence);
    expect(code).not.toBe(0);
  });

  test.each([
    ['short', 'auth.seed has less than 32 characters'],
    [`${SEED}\n`, 'auth.seed has a line end, a blank or another character than ASCII'],
  ])('refuses the seed %j without showing it', async (seed, sentence) => {
    const folder = temporaryFolder();
    writeFiles(folder, { seed });
    const args = ['--set', 'auth.passwords=derived,tls.mode=off', '--set-file', `auth.seed=${join(folder, 'seed')}`];
    const { code, stdout, stderr } = await tryTemplate(major, { chart: await chartOf(), args });
    expect(stderr).toContain(sentence);
    expect(stdout + stderr).not.toContain(seed.trim());
    expect(code).not.toBe(0);
  });

  test('lets one service have passwords of another origin', async () => {
    const seed = withSeed();
    const manifests = await render(major, '--set', 'services.a-service.passwords=derived', ...seed);
    expect(passwordsOf(manifests)).toEqual([...EXPECTED.slice(0, 2), undefined, undefined]);
    const all = await render(
      major,
      '--set',
      'auth.passwords=derived,tls.mode=off,services.b-service.passwords=existingSecret',
      ...seed,
    );
    expect(secretsOf(all).map(({ metadata }) => metadata.name)).not.toContain('b-service-db-secret');
  });
});

/** What passwords are derived of must never change: a password would. */
const EXPECTED = [
  'e73cc795d98cea706dcf2feb47b725a94a5b',
  '24747cddd57481c79fa440783632b19afbd1',
  'a375123f992ba6bc76aa675a0d3c6f7fe0fa',
  '278e0382bc4e7f7abab09e229ebcd233085a',
];

describe.each(HELM_MAJORS)('Helm %i, with a cluster', (major) => {
  test('makes what is not there, asks for nothing twice, and keeps it', async () => {
    const chart = await chartOf();
    const { stdout, asked } = await renderAmong(chart, {}, { helm: major });
    const first = parseManifests(stdout);
    expect(new Set(passwordsOf(first)).size).toBe(4);
    for (const secret of secretsOf(first)) expect(secret).not.toHaveProperty('immutable');
    // Helm 4 looks at every object that it would make, besides.
    if (major === 3) expect(asked).toEqual(['namespaces/default/secrets', 'namespaces/default/serviceaccounts/default']);
    const present = secretsOf(first).map(
      (secret) => [secret.metadata.name, { data: dataOf(secret), ...secret.metadata }] as const,
    );
    const upgrade = await renderAmong(chart, Object.fromEntries(present), { helm: major });
    expect(secretsOf(parseManifests(upgrade.stdout))).toEqual(secretsOf(first));
    if (major === 3) expect(upgrade.asked).toEqual(['namespaces/default/secrets']);
  });

  test('a changed password leaves no other form of it behind', async () => {
    const chart = await chartOf();
    const first = parseManifests((await renderAmong(chart, {}, { helm: major })).stdout);
    const { password = '', ...before } = dataOf(pick(first, 'Secret', 'a-service-db-secret'));
    const data = { ...before, password: 'Changed1' };
    const { stdout } = await renderAmong(chart, { 'a-service-db-secret': { data } }, { helm: major });
    const after = dataOf(pick(parseManifests(stdout), 'Secret', 'a-service-db-secret'));
    for (const [key, text] of Object.entries(before)) {
      if (key !== 'ca.crt') expect(after[key], key).toBe(text.replaceAll(password, 'Changed1'));
    }
    expect(Object.values(before).filter((text) => text.includes(password)).length).toBeGreaterThan(3);
  });

  test('knows one by its namespaces where that of the release is yet to be made', async () => {
    const { stdout } = await renderAmong(await chartOf(), {}, { helm: major, sign: 'namespaces/kube-system' });
    expect(passwordsOf(parseManifests(stdout))).not.toContain(undefined);
    const blind = await renderAmong(await chartOf(), {}, { helm: major, sign: 'namespaces/other' });
    expect(passwordsOf(parseManifests(blind.stdout))).toEqual([undefined, undefined, undefined, undefined]);
  });
});
