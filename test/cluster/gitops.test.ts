import { join } from 'node:path';
import { beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { findOrBuildOwn, findOwn, type Found } from '../tools/go-programs.ts';
import { HELM_MAJORS } from '../tools/helm.ts';
import { run } from '../tools/run.ts';
import { shareCluster } from './cluster.ts';
import { chartOf, enterPlace, rendered, type Place } from './place.ts';

/*
 * What Argo CD and Flux themselves make of the chart: the libraries that their controllers are built on, in a program of ours. Their controllers, which ask
 * for it at the right time, are not run.
 */
const PROGRAM = { name: 'gitops', sources: join(import.meta.dirname, 'gitops') };

/** GITOPS=build has it built. */
async function findProgram(): Promise<Found> {
  if (process.env['GITOPS'] === 'build') return findOrBuildOwn(PROGRAM);
  const built = findOwn(PROGRAM);
  if ('program' in built) return built;
  return { missing: 'what Argo CD and Flux are built on was not built here: GITOPS=build has Go build it, some ten minutes' };
}

const clusterOf = shareCluster();
let found: Found = { missing: '' };
beforeAll(async () => {
  found = await findProgram();
}, 3_600_000);

const VALUES = 'services:\n  mail: {}\n  orders: {}\n';
const DERIVED = [
  '--set',
  `auth.passwords=derived,auth.seed=${'s'.repeat(40)},tls.mode=off,provisioning.ttlSecondsAfterFinished=2147483647`,
];

type Do = (deed: string, manifests: string) => Promise<string[]>;

/** A namespace, and what does there what one of the two would do. */
async function enter(context: TestContext): Promise<Place & { readonly act: Do }> {
  if ('missing' in found) return context.skip(found.missing);
  const { program } = found;
  const place = await enterPlace(context, clusterOf(context));
  const act: Do = async (deed, input) => {
    const env = { ...process.env, KUBECONFIG: place.cluster.kubeconfig };
    const { code, stdout, output } = await run(program, [deed, place.namespace], { env, input });
    if (code !== 0) throw new Error(output);
    return stdout.split('\n').filter((line) => line !== '');
  };
  return { ...place, act };
}

const beginnings = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ').slice(0, 2).join(' '));

describe.each([
  ['client-side', '', 3],
  ['server-side', '-server-side', 4],
] as const)('Argo CD, which applies %s', (_, how, major) => {
  test('syncs once and then finds nothing to do; a value makes another Job alone, and what somebody changes is seen', async (context) => {
    const place = await enter(context);
    const { act } = place;
    const first = await rendered(major, place, VALUES, DERIVED);
    const missing = beginnings(await act(`argo-compare${how}`, first));
    expect(missing).toEqual(expect.arrayContaining(['missing StatefulSet/shared-postgresql', 'missing Secret/mail-db-secret']));
    // That of `helm test` is a hook that it leaves out.
    expect(missing.filter((line) => !line.startsWith('missing ') || line.includes(' Pod/'))).toEqual([]);
    const synced = await act(`argo-sync${how}`, first);
    expect(synced.filter((line) => !line.startsWith('Synced '))).toEqual([]);
    expect(await act(`argo-compare${how}`, first)).toEqual([]);

    const second = await rendered(major, place, VALUES, [...DERIVED, '--set', 'provisioning.resources.limits.memory=300Mi']);
    const job = /^(extra|missing) Job\/shared-postgresql-provisioning-\w+$/;
    const other = beginnings(await act(`argo-compare${how}`, second));
    expect(other).toEqual([expect.stringMatching(job), expect.stringMatching(job)]);
    expect((await act(`argo-sync${how}`, second)).filter((line) => !/^(Synced|Pruned) /.test(line))).toEqual([]);
    expect(await act(`argo-compare${how}`, second)).toEqual([]);

    await place.kubectl([
      'patch',
      'configmap',
      'shared-postgresql-config',
      '--patch',
      '{"data":{"pg_hba.conf":"local all all peer"}}',
    ]);
    expect(beginnings(await act(`argo-compare${how}`, second))).toEqual(['differs ConfigMap/shared-postgresql-config']);
  });
});

describe('Flux', () => {
  test('applies once, and finds all unchanged then', async (context) => {
    const place = await enter(context);
    const text = await rendered(4, place, VALUES, [...DERIVED, '--skip-tests']);
    const first = await place.act('flux-apply', text);
    expect(first.filter((line) => !line.startsWith('created '))).toEqual([]);
    const again = await place.act('flux-apply', text);
    expect(again).toHaveLength(first.length);
    expect(again.filter((line) => !line.startsWith('unchanged '))).toEqual([]);
  });

  test.for(HELM_MAJORS)('finds no drift in what Helm %i installed, and what somebody changed', async (major, context) => {
    const place = await enter(context);
    await place.helm(major, ['install', 'shared-postgresql', ...(await chartOf(VALUES))]);
    const { stdout } = await place.tryHelm(major, ['get', 'manifest', 'shared-postgresql']);
    expect(await place.act('flux-drift', stdout)).toEqual([]);
    await place.kubectl(['delete', 'jobs', '--all']);
    await place.kubectl(['patch', 'statefulset', 'shared-postgresql', '--patch', '{"spec":{"replicas":0}}']);
    expect(beginnings(await place.act('flux-drift', stdout))).toEqual([
      expect.stringMatching(/^create Job\/shared-postgresql-provisioning-\w+$/),
      'update StatefulSet/shared-postgresql',
    ]);
  });
});
