import { dirname } from 'node:path';
import { valueAt } from '../../generator/generate/fields.ts';
import { deploy } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { runProgram } from './program.ts';
import type { OciRegistry } from './registry.ts';
import { runOk, type Result } from './run.ts';
import { PASSWORD } from './signing-keys.ts';

/** A deployment in a repository of git, all committed. */
export async function newRepository(): Promise<string> {
  const { chart } = await deploy({ values: `services:\n  mail: {}\n# ${temporaryFolder()}\n` });
  const own = dirname(chart);
  await git(own, 'init', '--quiet');
  await git(own, 'remote', 'add', 'origin', 'https://someone:token@forge.example/platform/databases.git');
  await commit(own);
  return own;
}

export const git = (where: string, ...words: readonly string[]): Promise<string> =>
  runOk('git', ['-C', where, '-c', 'user.name=somebody', '-c', 'user.email=somebody@example.org', ...words]);

export async function commit(where: string): Promise<void> {
  await git(where, 'add', '--all');
  await git(where, 'commit', '--quiet', '--message', 'A deployment');
}

/** What a forge tells a job of itself: a test is nobody's job, wherever it runs. */
const NO_FORGE = {
  SIGSTORE_ID_TOKEN: undefined,
  ACTIONS_ID_TOKEN_REQUEST_URL: undefined,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined,
};

/** `release` from a folder to a registry that speaks no TLS, with variables beside it. */
export function releaseTo(
  { url }: OciRegistry,
  cwd: string,
  words: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<Result> {
  const env = { ...process.env, COSIGN_PASSWORD: PASSWORD, ...NO_FORGE, ...variables };
  return runProgram(['release', '--plain-http', '--registry', url, ...words], { cwd, env });
}

export const textAt = (data: unknown, ...path: readonly (string | number)[]): string => String(valueAt(data, path));

/** What a registry has under this path of the chart; undefined when it has nothing. */
export async function ask(registry: OciRegistry, path: string): Promise<unknown> {
  const url = registry.url.replace('oci:', 'http:').replace('/charts', '/v2/charts');
  const kinds = ['manifest', 'index'].map((each) => `application/vnd.oci.image.${each}.v1+json`);
  const answer = await fetch(`${url}/shared-postgresql/${path}`, { headers: { Accept: [...kinds, '*/*'].join(', ') } });
  return answer.ok ? answer.json() : undefined;
}

/** The bundles that lie beside what has this digest. */
export async function bundlesOf(registry: OciRegistry, digest: string): Promise<readonly unknown[]> {
  const index = await ask(registry, `manifests/${digest.replace(':', '-')}`);
  const entries = valueAt(index, ['manifests']);
  const digests = (Array.isArray(entries) ? entries : []).map((entry) => textAt(entry, 'digest'));
  const manifests = await Promise.all(digests.map((each) => ask(registry, `manifests/${each}`)));
  return Promise.all(manifests.map((manifest) => ask(registry, `blobs/${textAt(manifest, 'layers', 0, 'digest')}`)));
}
