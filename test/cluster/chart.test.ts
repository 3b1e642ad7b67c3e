import { describe, expect, test, type TestContext } from 'vitest';
import { HELM_MAJORS } from '../tools/helm.ts';
import { at, dataOf, pick } from '../tools/manifests.ts';
import type { Result } from '../tools/run.ts';
import { shareCluster } from './cluster.ts';
import { chartOf, enterPlace, rendered, type Place } from './place.ts';

/*
 * A real API with real controllers, and in the control plane of ours no node: objects are checked, kept, owned and removed as anywhere, and no pod runs.
 */
const TWO = 'services:\n  mail: {}\n  orders: {}\n';
const THREE = `${TWO}  parcels: {}\n`;
const RELEASE = 'shared-postgresql';
const DERIVED = ['--set', `auth.passwords=derived,auth.seed=${'s'.repeat(40)},tls.mode=off`];

/** What docs/gitops.md gives the Job. */
const UNTIL_2094 = 'provisioning.ttlSecondsAfterFinished=2147483647';

/** Where Kubernetes says what it filled in. */
const LIMIT_RANGER = 'kubernetes.io/limit-ranger';

const clusterOf = shareCluster();
const enter = (context: TestContext, labels: readonly string[] = []): Promise<Place> =>
  enterPlace(context, clusterOf(context), labels);

/** The texts of the connection Secrets and the admin's, by name. */
async function secretsOf(place: Place): Promise<Readonly<Record<string, Record<string, string>>>> {
  const secrets = await place.objects('secrets');
  const own = secrets.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of'] === 'shared-postgresql');
  return Object.fromEntries(own.map((secret) => [secret.metadata.name, dataOf(secret)]));
}

/** How often what the pod is made of was changed: each time the server restarts. */
async function templatesOf(place: Place): Promise<unknown> {
  return at(pick(await place.objects('statefulsets'), 'StatefulSet'), 'spec', 'template');
}

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  test('one more, back, and away and back again: no password of those that stay changes, and the server’s pod stays', async (context) => {
    const place = await enter(context);
    const [two, three] = [await chartOf(TWO), await chartOf(THREE)];
    await place.helm(major, ['install', RELEASE, ...two]);
    const installed = await secretsOf(place);
    const pod = await templatesOf(place);
    expect(Object.keys(installed)).toEqual(expect.arrayContaining(['mail-db-secret', 'orders-db-secret', `${RELEASE}-secret`]));

    await place.helm(major, ['upgrade', RELEASE, ...two]);
    expect(await secretsOf(place)).toEqual(installed);
    await place.helm(major, ['upgrade', RELEASE, ...three]);
    const { 'parcels-db-secret': parcels, ...others } = await secretsOf(place);
    expect(parcels?.['password']).toMatch(/^\w{24}$/);
    expect(others).toEqual(installed);
    await place.helm(major, ['rollback', RELEASE, '1']);
    expect(await secretsOf(place)).toEqual(installed);
    expect(await templatesOf(place)).toEqual(pod);

    await place.helm(major, ['uninstall', RELEASE]);
    await place.helm(major, ['install', RELEASE, ...two]);
    const again = await secretsOf(place);
    expect(again[`${RELEASE}-secret`]).toEqual(installed[`${RELEASE}-secret`]);
  });

  test('--reuse-values takes the values of the release before: knobs stay, and services that the chart was not made of are refused', async (context) => {
    const place = await enter(context);
    const [two, three] = [await chartOf(TWO), await chartOf(THREE)];
    const memory = async (): Promise<unknown> =>
      at(
        pick(await place.objects('statefulsets'), 'StatefulSet'),
        'spec',
        'template',
        'spec',
        'containers',
        0,
        'resources',
        'limits',
        'memory',
      );
    await place.helm(major, ['install', RELEASE, ...two, '--set', 'resources.limits.memory=2Gi']);
    const installed = await secretsOf(place);
    await place.helm(major, [
      'upgrade',
      RELEASE,
      two[0] ?? '',
      '--reuse-values',
      '--set',
      'provisioning.resources.limits.memory=300Mi',
    ]);
    expect(await secretsOf(place)).toEqual(installed);
    expect(await memory()).toBe('2Gi');
    const { output, code } = await place.tryHelm(major, ['upgrade', RELEASE, three[0] ?? '', '--reuse-values']);
    expect(output).toContain('but the chart was generated with');
    expect(code).not.toBe(0);
  });

  test('the API accepts every object to the letter, with all that can be switched on', async (context) => {
    const place = await enter(context);
    const values = `backup: { schedule: '@daily', pointInTime: { enabled: true } }\nprovisioning: { schedule: '@hourly' }\n${TWO}`;
    const text = await rendered(major, place, values, DERIVED);
    const { output, code } = await place.apply(text, '--server-side', '--validate=strict');
    expect(output).not.toMatch(/warning/i);
    expect(code).toBe(0);
  });

  test('applied again, a rendering with derived passwords changes nothing', async (context) => {
    const place = await enter(context);
    const text = await rendered(major, place, TWO, DERIVED);
    await place.apply(text);
    const { stdout, code } = await place.apply(text);
    expect(stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'))).toEqual([]);
    expect(code).toBe(0);
  });

  test('a value that changes, applied as Argo CD does, makes another Job, and asks for nothing that cannot be changed', async (context) => {
    const place = await enter(context);
    // Argo CD leaves the pod of `helm test` out, which as a pod could not be changed.
    const apply = async (values: string): Promise<Result> =>
      place.apply(await rendered(major, place, TWO, [...DERIVED, '--skip-tests', '--set', values]));
    await apply(UNTIL_2094);
    const { stdout, stderr, code } = await apply(`${UNTIL_2094},provisioning.resources.limits.memory=300Mi`);
    expect(stderr).toBe('');
    const lines = stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'));
    expect(lines).toEqual([expect.stringMatching(/^job.batch\/shared-postgresql-provisioning-\w+ created$/)]);
    expect(code).toBe(0);
    const jobs = await place.objects('jobs');
    expect(jobs.map((job) => at(job, 'spec', 'ttlSecondsAfterFinished'))).toEqual([2147483647, 2147483647]);
  });

  test('where a LimitRange fills in what is missing, it finds nothing to fill in', async (context) => {
    const place = await enter(context);
    const limits = [
      { type: 'Container', default: { memory: '64Mi', cpu: '50m' }, defaultRequest: { memory: '64Mi', cpu: '50m' } },
    ];
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'usual' }, spec: { limits } };
    await place.kubectl(['create', '--filename', '-'], JSON.stringify(range));
    await place.helm(major, ['install', RELEASE, ...(await chartOf(TWO))]);
    await expect.poll(async () => (await place.objects('pods')).length, { timeout: 60_000 }).toBe(2);
    for (const pod of await place.objects('pods')) expect(pod.metadata.annotations ?? {}).not.toHaveProperty(LIMIT_RANGER);
  });

  test('over a release of Helm, a rendering without a cluster takes no password away', async (context) => {
    const place = await enter(context);
    const chart = await chartOf(TWO);
    await place.helm(major, ['install', RELEASE, ...chart]);
    const installed = await secretsOf(place);
    await place.apply(await rendered(major, place, TWO, []));
    expect(await secretsOf(place)).toEqual(installed);
  });

  test('where restricted pods alone are let in, all of ours are', async (context) => {
    const place = await enter(context, ['pod-security.kubernetes.io/enforce=restricted']);
    await place.helm(major, ['install', RELEASE, ...(await chartOf(TWO))]);
    const components = async (): Promise<unknown> =>
      (await place.objects('pods')).map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component']).sort();
    await expect.poll(components, { timeout: 60_000 }).toEqual(['provisioning', 'server']);
  });

  test('two releases in one namespace: the second is refused for what both would own, and the first stays as it is', async (context) => {
    const place = await enter(context);
    const chart = await chartOf(TWO);
    await place.helm(major, ['install', RELEASE, ...chart]);
    const installed = await secretsOf(place);
    const { code, output } = await place.tryHelm(major, ['install', 'other', ...chart]);
    expect(output).toMatch(/mail-db-secret|orders-db-secret/);
    expect(code).not.toBe(0);
    expect(await secretsOf(place)).toEqual(installed);
  });

  test('a service of a namespace of its own has its Secret there, and takes it along when it leaves', async (context) => {
    const [place, other] = [await enter(context), await enter(context)];
    const values = `${TWO}  parcels: { namespace: ${other.namespace} }\n`;
    await place.helm(major, ['install', RELEASE, ...(await chartOf(values))]);
    const [here, there] = [await secretsOf(place), await secretsOf(other)];
    expect(there['parcels-db-secret']?.['uri']).toContain(`${RELEASE}-service.${place.namespace}.svc`);
    expect(there['parcels-db-secret']?.['password']).toBe(here['parcels-db-secret']?.['password']);
    await place.helm(major, ['upgrade', RELEASE, ...(await chartOf(TWO))]);
    expect(await secretsOf(other)).toEqual({});
  });

  test('a first rendering that makes passwords without a cluster is never followed by another', async (context) => {
    const place = await enter(context);
    const first = await rendered(major, place, TWO, ['--set', 'auth.generatedWithoutCluster=true']);
    expect((await place.apply(first)).code).toBe(0);
    const installed = await secretsOf(place);
    const { output, code } = await place.apply(await rendered(major, place, TWO, ['--set', 'auth.generatedWithoutCluster=true']));
    expect(output).toMatch(/field is immutable when `immutable` is set/);
    expect(code).not.toBe(0);
    expect(await secretsOf(place)).toEqual(installed);
  });
});

test('what somebody set by kubectl is a conflict for Helm 4, which one word ends', async (context) => {
  const place = await enter(context);
  const chart = await chartOf(TWO);
  await place.helm(4, ['install', RELEASE, ...chart]);
  await place.kubectl(['set', 'resources', `statefulset/${RELEASE}`, '--containers=postgresql', '--limits=memory=3Gi']);
  const { code, output } = await place.tryHelm(4, ['upgrade', RELEASE, ...chart]);
  expect(output).toMatch(/conflict with "kubectl-set" using apps\/v1/);
  expect(code).not.toBe(0);
  await place.helm(4, ['upgrade', RELEASE, ...chart, '--force-conflicts']);
  const [server] = await place.objects('statefulsets');
  expect(JSON.stringify(at(server, 'spec', 'template', 'spec', 'containers'))).not.toContain('3Gi');
  await place.helm(4, ['upgrade', RELEASE, ...chart]);
});
