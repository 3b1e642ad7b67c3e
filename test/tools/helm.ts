import { gzipSync } from 'node:zlib';
import { cachedHelm, environmentOfHelm, fetchHelm as fetchInto, isOwn, type HelmMajor } from '../../generator/helm/program.ts';
import { CACHE, CHART } from './folders.ts';
import { run, type Result } from './run.ts';

export { HELM_MAJORS, isOwn, type HelmMajor } from '../../generator/helm/program.ts';

/** Golden output must not change with the Kubernetes version that a Helm takes for granted. */
export const KUBE_VERSION = '1.32.0';

const binaries = new Map<HelmMajor, Promise<string>>();

/** The Helm to run: the user's own if it is of this major, otherwise the one that was fetched. */
export function binaryOf(major: HelmMajor): Promise<string> {
  const known = binaries.get(major) ?? isOwn(major).then((own) => (own ? 'helm' : cachedHelm(major, CACHE)));
  binaries.set(major, known);
  return known;
}

/** Fetches Helm into the cache of the tests, unless the user has it. */
export function fetchHelm(major: HelmMajor): Promise<void> {
  return fetchInto(major, CACHE);
}

/**
 * Helm's home is the cache, so that a person's own settings and plugins play no part. It ends before collecting its garbage would give anything
 * back, and that is a quarter of what it does.
 */
export const HELM_ENVIRONMENT = { ...environmentOfHelm(CACHE), GOGC: 'off', GOMEMLIMIT: '512MiB' };

/** Runs Helm. */
export async function helm(major: HelmMajor, args: readonly string[]): Promise<Result> {
  return run(await binaryOf(major), args, { env: HELM_ENVIRONMENT });
}

/** Lets a rendering make passwords and a certificate, although it has no cluster to look into. */
export const WITH_PASSWORDS: readonly string[] = ['--set', 'auth.generatedWithoutCluster=true'];

export interface TemplateOptions {
  readonly chart?: string;
  readonly release?: string;
  readonly args?: readonly string[];
}

/** `helm template`, whatever its outcome. */
export function tryTemplate(
  major: HelmMajor,
  { chart = CHART, release = 'shared-postgresql', args = [] }: TemplateOptions = {},
): Promise<Result> {
  return helm(major, ['template', release, chart, '--kube-version', KUBE_VERSION, ...args]);
}

/** `helm template` that must succeed: the manifests as YAML. */
export async function template(major: HelmMajor, options: TemplateOptions = {}): Promise<string> {
  const result = await tryTemplate(major, options);
  if (result.code !== 0) throw new Error(`helm ${major} template failed:\n${result.output}`);
  return result.stdout;
}

/**
 * Bytes of the release as Helm keeps it in its Secret: what it would install, as JSON, gzip, base64. Only Helm 4 says it without a cluster;
 * a release of Helm 3 is smaller by the times of the files.
 */
export async function releaseSize(chart: string, values: string, given: readonly string[] = WITH_PASSWORDS): Promise<number> {
  const args = ['install', 'shared-postgresql', chart, '--values', values, ...given, '--dry-run=client', '--output', 'json'];
  const { code, stdout, output } = await helm(4, args);
  if (code !== 0) throw new Error(`helm 4 install failed:\n${output}`);
  return Math.ceil(gzipSync(stdout.trim(), { level: 9 }).length / 3) * 4;
}
