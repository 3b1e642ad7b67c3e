import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '../../generator/generate/fields.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { binaryOf, type HelmMajor } from '../tools/helm.ts';
import { runJob, type JobResult } from '../tools/job.ts';
import { at, type Manifest } from '../tools/manifests.ts';
import { startServer, type Server } from '../tools/server.ts';
import type { Cluster } from './control-plane.ts';

/**
 * What a node would do of a deployment in a namespace of a control plane that has none: the server runs on this machine, the Job's pod as the API has it is
 * run by hand, and what a kubectl of ours answers of both, a forwarded port, a log and a command in a pod, is theirs. All else is asked of the API.
 */
export interface Kubelet {
  /** For whoever is to find Helm and kubectl. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs the pod of the newest Job once it is there, and says to the API how it ended. */
  readonly runPods: () => Promise<JobResult>;
  readonly end: () => Promise<void>;
}

/** What is to be found there: which Helm, and the programs of the server. */
interface Machine {
  readonly major: HelmMajor;
  readonly bin: string;
  /** The server of somebody else's, and how pods reach it; otherwise the deployment has one of its own. */
  readonly elsewhere?: { readonly port: number; readonly environment: Record<string, string> };
}

export async function startKubelet(cluster: Cluster, namespace: string, { major, bin, elsewhere }: Machine): Promise<Kubelet> {
  const folder = temporaryFolder();
  const environment = { ...process.env, KUBECONFIG: cluster.kubeconfig, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  writeFileSync(join(folder, 'kubectl'), kubectlOf(cluster, folder), { mode: 0o755 });
  const own = await binaryOf(major);
  if (own !== 'helm') symlinkSync(own, join(folder, 'helm'));
  const kubectl = (args: readonly string[]): Promise<string> => cluster.kubectl(namespace, args);
  let server: Server | undefined;
  const seen = new Set<string>();
  return {
    environment,
    runPods: async () => {
      const pod = await untilThere(kubectl, seen, elsewhere === undefined);
      const job = pod.metadata.labels?.['job-name'] ?? '';
      const objects = itemsOf(await kubectl(['get', 'configmaps,secrets,statefulsets', '--output', 'json']));
      const manifests = [...objects, ...itemsOf(await kubectl(['get', `jobs/${job}`, '--output', 'json']))];
      if (elsewhere === undefined) server ??= await startServer(bin, manifests);
      const { port, environment: reached } = elsewhere ?? { port: server?.port ?? 0, environment: {} };
      writeFileSync(join(folder, 'port'), String(port));
      const result = await runJob(manifests, port, reached);
      writeFileSync(join(folder, `${pod.metadata.name}.log`), result.output);
      if (server)
        await patch(kubectl, 'shared-postgresql-0', { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
      await patch(kubectl, pod.metadata.name, { phase: result.code === 0 ? 'Succeeded' : 'Failed' });
      return result;
    },
    end: async () => server?.end(),
  };
}

/** Ports and logs are of this machine. */
function kubectlOf({ program }: Cluster, folder: string): string {
  const words = program[0] === 'kubectl' ? ['/usr/bin/env', `PATH=${process.env['PATH'] ?? ''}`, 'kubectl'] : program;
  return `#!/bin/bash
case " $* " in
  *' port-forward '*) echo "Forwarding from 127.0.0.1:$(<'${folder}/port') -> 5432"; exec sleep 600;;
  *' logs '*) for word; do [[ -e ${folder}/$word.log ]] && exec cat "${folder}/$word.log"; done; exit 1;;
  ' exec '*) while [[ $1 != -- ]]; do shift; done; exec "\${@:2}";;
esac
exec ${words.map((word) => `'${word}'`).join(' ')} "$@"
`;
}

type Kubectl = (args: readonly string[]) => Promise<string>;

/** The pod of a Job that was not seen yet. */
async function untilThere(kubectl: Kubectl, seen: Set<string>, hasServer: boolean): Promise<Manifest> {
  for (let tries = 0; tries < 120; tries += 1) {
    const labels = 'app.kubernetes.io/component=provisioning';
    const pods = itemsOf(await kubectl(['get', 'pods', '--selector', labels, '--output', 'json']));
    const found = pods.find(({ metadata }) => !seen.has(metadata.name));
    const isComplete = async (): Promise<boolean> =>
      !hasServer || (await kubectl(['get', 'pods', '--output', 'name'])).includes('pod/shared-postgresql-0');
    if (found && (await isComplete())) {
      seen.add(found.metadata.name);
      return found;
    }
    await sleep(500);
  }
  throw new Error('no pod of provisioning came');
}

const isManifest = (value: unknown): value is Manifest => isRecord(value) && 'metadata' in value && 'kind' in value;

/** The objects of a list, or the one that it is. */
function itemsOf(text: string): readonly Manifest[] {
  const data: unknown = JSON.parse(text);
  const items = isRecord(data) && 'items' in data ? at(data, 'items') : [data];
  return Array.isArray(items) ? items.filter(isManifest) : [];
}

async function patch(kubectl: Kubectl, pod: string, status: object): Promise<void> {
  await kubectl(['patch', 'pod', pod, '--subresource=status', '--patch', JSON.stringify({ status })]);
}
