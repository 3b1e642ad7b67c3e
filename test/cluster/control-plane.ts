import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { helm, type HelmMajor } from '../tools/helm.ts';
import { roomiest, temporaryFolder } from '../tools/folders.ts';
import { findOrBuildOwn } from '../tools/go-programs.ts';
import { run, type Result } from '../tools/run.ts';

/** A cluster, as one whom its kubeconfig lets in finds it. */
export interface Cluster {
  readonly kubeconfig: string;
  /** The program that is kubectl, and the words with which it is. */
  readonly program: readonly string[];
  readonly helm: (major: HelmMajor, namespace: string, args: readonly string[]) => Promise<Result>;
  /** Throws with what kubectl says when it fails. */
  readonly kubectl: (namespace: string, args: readonly string[], input?: string) => Promise<string>;
  readonly tryKubectl: (namespace: string, args: readonly string[], input?: string) => Promise<Result>;
  readonly end: () => Promise<void>;
}

/** The cluster of KUBECONFIG, or the control plane beside this file, which wants Go; otherwise why there is none. */
export async function findCluster(): Promise<Cluster | string> {
  const given = process.env['KUBECONFIG'];
  if (given !== undefined && given !== '') return clusterOf(given, ['kubectl'], () => Promise.resolve());
  const found = await findOrBuildOwn(CONTROL_PLANE);
  return 'program' in found ? startControlPlane(found.program) : `there is no cluster in KUBECONFIG, and ${found.missing}`;
}

/** Kubernetes' own build writes it in; a chart asks for it. */
const VERSION = ['gitVersion=v1.36.1', 'gitMajor=1', 'gitMinor=36']
  .map((each) => `-X k8s.io/component-base/version.${each}`)
  .join(' ');

const CONTROL_PLANE = { name: 'control-plane', sources: join(import.meta.dirname, 'control-plane'), flags: VERSION };

async function startControlPlane(program: string): Promise<Cluster> {
  // etcd writes each object of a thousand there, and gives up on requests that a busy disk keeps waiting.
  const folder = temporaryFolder(roomiest());
  // It ends with its standard input, so that it does not outlive these tests whatever becomes of them.
  const child = spawn(program, [folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    ended.then(() => Promise.reject(new Error(`the control plane did not start:\n${said}`))),
  ]);
  return clusterOf(join(folder, 'kubeconfig'), [program, 'kubectl'], async () => {
    child.stdin.end();
    await ended;
  });
}

function clusterOf(kubeconfig: string, named: readonly string[], end: () => Promise<void>): Cluster {
  const [program = '', ...words] = named;
  const tryKubectl: Cluster['tryKubectl'] = (namespace, args, input) =>
    run(program, [...words, '--kubeconfig', kubeconfig, '--namespace', namespace, ...args], { input });
  return {
    kubeconfig,
    program: named,
    helm: (major, namespace, args) => helm(major, [...args, '--kubeconfig', kubeconfig, '--namespace', namespace]),
    tryKubectl,
    kubectl: async (namespace, args, input) => {
      const { code, stdout, output } = await tryKubectl(namespace, args, input);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}:\n${output}`);
      return stdout;
    },
    end,
  };
}
