import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { TestContext } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { template, type HelmMajor } from '../tools/helm.ts';
import type { Manifest } from '../tools/manifests.ts';
import type { Result } from '../tools/run.ts';
import type { Cluster } from './control-plane.ts';

/** A namespace of its own, which goes with the test. */
export interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  readonly apply: (manifests: string, ...options: readonly string[]) => Promise<Result>;
  readonly tryHelm: (major: HelmMajor, args: readonly string[]) => Promise<Result>;
  /** Throws with what Helm says when it fails. */
  readonly helm: (major: HelmMajor, args: readonly string[]) => Promise<void>;
  readonly objects: (kinds: string) => Promise<readonly Manifest[]>;
}

export async function enterPlace(context: TestContext, cluster: Cluster, labels: readonly string[] = []): Promise<Place> {
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  await cluster.kubectl('default', ['create', 'namespace', namespace]);
  context.onTestFinished(async () => {
    await cluster.kubectl('default', ['delete', 'namespace', namespace, '--wait=false']);
  });
  await cluster.kubectl('default', ['label', 'namespace', namespace, 'shared-postgresql.tests=true', ...labels]);
  const kubectl: Place['kubectl'] = (args, input) => cluster.kubectl(namespace, args, input);
  const tryHelm: Place['tryHelm'] = (major, args) => cluster.helm(major, namespace, args);
  return {
    cluster,
    namespace,
    kubectl,
    tryHelm,
    apply: (manifests, ...options) => cluster.tryKubectl(namespace, ['apply', ...options, '--filename', '-'], manifests),
    helm: async (major, args) => {
      const { code, output } = await tryHelm(major, args);
      if (code !== 0) throw new Error(output);
    },
    objects: async (kinds) => {
      const list: unknown = JSON.parse(await kubectl(['get', kinds, '--output', 'json']));
      return itemsOf(list);
    },
  };
}

const isManifest = (value: unknown): value is Manifest => typeof value === 'object' && value !== null && 'metadata' in value;

function itemsOf(list: unknown): readonly Manifest[] {
  const items = typeof list === 'object' && list !== null && 'items' in list ? list.items : [];
  return Array.isArray(items) ? items.filter(isManifest) : [];
}

/** The chart of these values, and the values beside it, as Helm takes both. */
export async function chartOf(values: string): Promise<readonly string[]> {
  const { chart } = await deploy({ values });
  return [chart, '--values', join(dirname(chart), 'values.yaml')];
}

/** `helm template` for this namespace. */
export async function rendered(major: HelmMajor, place: Place, values: string, args: readonly string[]): Promise<string> {
  const [chart = '', ...rest] = await chartOf(values);
  return template(major, { chart, args: [...rest, ...args, '--namespace', place.namespace] });
}
