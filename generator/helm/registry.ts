import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../generate/problem.ts';
import { inOwnFolder } from './own-folder.ts';
import type { Package } from './package.ts';
import { runOwnHelm, type Said } from './program.ts';

/** A version of a chart in an OCI registry. */
export interface Published {
  /** oci://registry.example/charts/shared-postgresql:0.1.0 */
  readonly reference: string;
  /** Of its manifest: what an install by digest names. */
  readonly digest: string;
}

/** Where charts are kept. */
export interface Registry {
  /** oci://registry.example/charts */
  readonly registry: string;
  /** Whether it speaks no TLS. */
  readonly plainHttp?: true;
}

/** A chart of a registry that is to be looked for. */
export interface Wanted extends Registry {
  readonly name: string;
  readonly version: string;
}

/** A version that a registry has already. */
interface Present extends Published {
  /** The digest of the package. */
  readonly package: string;
}

/** What a registry has under a version; undefined when it has nothing. Throws InputError when it does not answer. */
export async function findPackage({ registry, plainHttp, name, version }: Wanted): Promise<Present | undefined> {
  return inOwnFolder(async (folder) => {
    const where = ['--version', version, '--destination', folder, ...by(plainHttp)];
    const said = await runOwnHelm(['pull', `${registry}/${name}`, ...where]);
    if ('failed' in said) {
      if (NOT_THERE.test(said.failed)) return undefined;
      throw refusal(registry, said.failed);
    }
    const [file = ''] = readdirSync(folder);
    const hash = createHash('sha256').update(readFileSync(join(folder, file)));
    return { package: `sha256:${hash.digest('hex')}`, ...publishedIn(registry, said) };
  });
}

/** How registries and both Helms say that there is no such chart, or no such version of it. */
const NOT_THERE = /not found|name unknown|manifest unknown|NAME_UNKNOWN|MANIFEST_UNKNOWN/i;

/** Publishes a package. Throws InputError with what the registry says, and when it does not say under which digest it has it. */
export async function pushPackage({ file }: Package, { registry, plainHttp }: Registry): Promise<Published> {
  const said = await runOwnHelm(['push', file, registry, ...by(plainHttp)]);
  if ('failed' in said) throw refusal(registry, said.failed);
  return publishedIn(registry, said);
}

/** What Helm says when it pushed or pulled. Where it says it depends on the major. */
function publishedIn(registry: string, { printed, beside }: Exclude<Said, { failed: string }>): Published {
  const text = printed + beside;
  const [, name] = /^(?:Pushed|Pulled): (\S+)$/m.exec(text) ?? [];
  const [, digest] = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(text) ?? [];
  if (name === undefined || digest === undefined) throw refusal(registry, 'it did not say under which digest it has the chart');
  return { reference: `oci://${name}`, digest };
}

const by = (plainHttp: true | undefined): string[] => (plainHttp ? ['--plain-http'] : []);

function refusal(registry: string, said: string): InputError {
  return new InputError([
    {
      file: '--registry',
      message: `${registry}: ${said}`,
      hint: 'Log in with `helm registry login`, and look at the name of the registry.',
    },
  ]);
}
