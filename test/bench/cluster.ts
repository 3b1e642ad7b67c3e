import { randomBytes } from 'node:crypto';
import { findCluster, type Cluster } from '../cluster/control-plane.ts';
import { startKubelet } from '../cluster/kubelet.ts';
import { binaryOf, fetchHelm, HELM_MAJORS, type HelmMajor } from '../tools/helm.ts';
import { BIN, startProgram } from '../tools/program.ts';
import { runOk } from '../tools/run.ts';
import type { Row } from './bench.ts';
import { seconds } from './chart.ts';
import { costOf, type Cost } from './cost.ts';
import { addService, writeInput, type Input } from './input.ts';

/** The first install, and then one service more. */
interface Pair {
  readonly install: Cost;
  readonly more: Cost;
}

const RELEASE = 'shared-postgresql';

/** Seconds for one service more among 1,000. */
const GOALS = { 3: 40, 4: 35, deploy: 10 } as const;

/**
 * Both Helms and the command deploy on the API of KUBECONFIG, or on one that Go builds, against `kubectl apply --server-side` of the very objects that
 * Helm 4 made, in the same run. Throws with why there is no cluster.
 */
export async function measureCluster(services: number, bin: string): Promise<Row[]> {
  const cluster = await findCluster();
  if (typeof cluster === 'string') throw new Error(cluster);
  try {
    await Promise.all(HELM_MAJORS.map(fetchHelm));
    const helm4 = await measureHelm(cluster, 4, writeInput(services));
    const bare = await measureKubectl(cluster, helm4.manifests);
    const helm3 = await measureHelm(cluster, 3, writeInput(services));
    const deployed = await measureDeploy(cluster, writeInput(services, 'deploy'), bin);
    return [
      ...rowsOf(services, 'kubectl apply --server-side', bare),
      ...rowsOf(services, 'Helm 4', helm4, bare, GOALS[4]),
      ...rowsOf(services, 'Helm 3 without OpenAPI validation', helm3, bare, GOALS[3]),
      ...rowsOf(services, 'deploy, until the Job is there', deployed, bare, GOALS.deploy),
    ];
  } finally {
    await cluster.end();
  }
}

function rowsOf(services: number, who: string, cost: Pair, bare?: Pair, goal?: number): Row[] {
  return (['install', 'more'] as const).map((step) => {
    const own = cost[step];
    const ratio = bare === undefined ? '' : `, ${(own.wall / bare[step].wall).toFixed(2)} of kubectl`;
    const isJudged = step === 'more' && goal !== undefined && services === 1000;
    return {
      services,
      what: `${step === 'install' ? 'install' : 'one more'}: ${who}`,
      result: `${seconds(own.wall)} (processor ${seconds(own.cpu)}${ratio})`,
      goal: isJudged ? seconds(goal) : '',
      met: isJudged ? own.wall <= goal : undefined,
    };
  });
}

async function measureHelm(
  cluster: Cluster,
  major: HelmMajor,
  input: Input,
): Promise<Pair & { readonly manifests: readonly [string, string] }> {
  const namespace = await makeNamespace(cluster);
  const helm = [await binaryOf(major), '--kubeconfig', cluster.kubeconfig, '--namespace', namespace];
  const flags = major === 3 ? ['--disable-openapi-validation'] : [];
  const upgrade = async (): Promise<Cost> => {
    await startProgram(['generate', '--values', input.values, '--out', input.chart]);
    return costOf([...helm, 'upgrade', '--install', RELEASE, input.chart, '--values', input.values, ...flags]);
  };
  const manifest = async (): Promise<string> => {
    const [program = '', ...words] = helm;
    const text = await runOk(program, [...words, 'get', 'manifest', RELEASE]);
    return text.replaceAll(`namespace: "${namespace}"`, 'namespace: "NAMESPACE"');
  };
  const install = await upgrade();
  const before = await manifest();
  addService(input);
  const more = await upgrade();
  return { install, more, manifests: [before, await manifest()] };
}

async function measureKubectl(cluster: Cluster, manifests: readonly [string, string]): Promise<Pair> {
  const namespace = await makeNamespace(cluster);
  const apply = (manifest: string): Promise<Cost> =>
    costOf([...cluster.program, '--kubeconfig', cluster.kubeconfig, 'apply', '--server-side', '--filename', '-'], {
      input: manifest.replaceAll('NAMESPACE', namespace),
    });
  return { install: await apply(manifests[0]), more: await apply(manifests[1]) };
}

/** Until the Job is there, which goes on by itself; the first is waited for, so that the server can be asked. */
async function measureDeploy(cluster: Cluster, input: Input, bin: string): Promise<Pair> {
  const namespace = await makeNamespace(cluster);
  const kubelet = await startKubelet(cluster, namespace, { major: 4, bin });
  const words = [process.execPath, BIN, 'deploy', '--yes', '--namespace', namespace];
  const deploy = (until: RegExp): Promise<Cost> => costOf(words, { cwd: input.folder, env: kubelet.environment, until });
  try {
    const install = await deploy(/^revision 1 is installed; Job /);
    await kubelet.runPods();
    addService(input);
    return { install, more: await deploy(/^revision 2 is installed; Job /) };
  } finally {
    await kubelet.end();
  }
}

async function makeNamespace(cluster: Cluster): Promise<string> {
  const namespace = `bench-${randomBytes(4).toString('hex')}`;
  await cluster.kubectl('default', ['create', 'namespace', namespace]);
  return namespace;
}
