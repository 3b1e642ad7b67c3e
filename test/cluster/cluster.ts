import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, type TestContext } from 'vitest';
import { helm, type HelmMajor } from '../tools/helm.ts';
import { CACHE, temporaryFolder } from '../tools/folders.ts';
import { run, runOk, type Result } from '../tools/run.ts';

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
async function findCluster(): Promise<Cluster | string> {
  const given = process.env['KUBECONFIG'];
  if (given !== undefined && given !== '') return clusterOf(given, ['kubectl'], () => Promise.resolve());
  const program = await buildControlPlane().catch(() => undefined);
  if (program === undefined) return 'there is no cluster in KUBECONFIG, and no Go to build a control plane with';
  return startControlPlane(program);
}

/** The cluster that the tests of a file share, for each of them; one without is skipped, and says why there is none. */
export function shareCluster(): (context: TestContext) => Cluster {
  let found: Cluster | string = '';
  beforeAll(async () => {
    found = await findCluster();
  }, 3_600_000);
  afterAll(async () => {
    if (typeof found !== 'string') await found.end();
  });
  return (context) => (typeof found === 'string' ? context.skip(found) : found);
}

const SOURCES = join(import.meta.dirname, 'control-plane');

/** Kubernetes' own build writes it in; a chart asks for it. */
const VERSION = ['gitVersion=v1.36.1', 'gitMajor=1', 'gitMinor=36']
  .map((each) => `-X k8s.io/component-base/version.${each}`)
  .join(' ');

/** Builds it once for its sources: that takes a quarter of an hour, and some gigabytes of Go's caches. */
async function buildControlPlane(): Promise<string> {
  await runOk('go', ['version']);
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(SOURCES, file)));
  const program = join(CACHE, `control-plane-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(program)) {
    const args = ['build', '-trimpath', '-ldflags', `-s -w ${VERSION}`, '-o', program, '.'];
    await runOk('go', args, { cwd: SOURCES, env: { ...process.env, CGO_ENABLED: '0' } });
  }
  return program;
}

async function startControlPlane(program: string): Promise<Cluster> {
  const folder = temporaryFolder();
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
