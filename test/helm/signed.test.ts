import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, Verifier, type TrustMaterial } from '@sigstore/verify';
import { Ajv } from 'ajv';
import type { KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { isRecord, valueAt } from '../../generator/generate/fields.ts';
import { findCosign } from '../tools/cosign.ts';
import { deploy } from '../tools/deployment.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { runProgram } from '../tools/program.ts';
import { ask, bundlesOf, commit, git, newRepository, releaseTo, textAt } from '../tools/publishing.ts';
import { startRegistry, type OciRegistry } from '../tools/registry.ts';
import { run, runOk, type Result } from '../tools/run.ts';
import { newCosignKey, newKey, PASSWORD } from '../tools/signing-keys.ts';

/* What is signed, on a real registry: read back by Sigstore's own library, and by cosign where it can be had. */
let registry: OciRegistry;
let folder = '';
beforeAll(async () => {
  registry = await startRegistry();
  folder = await newRepository();
});
afterAll(() => registry.end());

/** PASSWORD by bcrypt. */
const HASH = '$2y$05$abcdefghijklmnopqrstuuTWWKV8LXZsELOooQwC0JvJz861ilmNG';

/** `release` to the registry that is open to all. */
const release = (words: readonly string[], variables: NodeJS.ProcessEnv = {}, cwd = folder): Promise<Result> =>
  releaseTo(registry, cwd, words, variables);

/** What a bundle says, once Sigstore's library took its signature for one of this key. */
function verify(bundle: unknown, publicKey: KeyObject): unknown {
  const trust: TrustMaterial = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey, validFor: () => true }),
  };
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  verifier.verify(toSignedEntity(bundleFromJSON(bundle)));
  return JSON.parse(Buffer.from(textAt(bundle, 'dsseEnvelope', 'payload'), 'base64').toString());
}

/** What CycloneDX's own schema finds wrong with a bill of materials. */
function findFaults(bill: unknown): unknown {
  const formats = { 'date-time': true, email: true, 'idn-email': true, 'iri-reference': true, uri: true } as const;
  const ajv = new Ajv({ strict: false, formats });
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    const file = `${name}.SNAPSHOT.schema.json`;
    // Each names itself in another way than the others name it.
    ajv.addSchema({ ...readSchema(file), $id: `http://cyclonedx.org/schema/${file}` });
  }
  ajv.validate(readSchema('bom-1.6.SNAPSHOT.schema.json'), bill);
  return ajv.errors ?? [];
}

function readSchema(file: string): object {
  const path = join(PROJECT, 'node_modules/@cyclonedx/cyclonedx-library/res/schema', file);
  const schema: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return isRecord(schema) ? schema : {};
}

/** Any text, and one of a package of npm. */
const TEXT: unknown = expect.any(String);
const packageOf = (start: string): unknown => expect.stringMatching(new RegExp(`^pkg:npm/${start}`));

describe.each([
  ['of openssl', newKey],
  ['of cosign', newCosignKey],
])('with a key %s', (name, make) => {
  const version = `1.0.0+${name.replace(/\W/g, '')}`;

  test('a chart is signed, with what it is made of and which commit it was built of', async () => {
    const key = make();
    const released = await release(['--json', '--chart-version', version, '--key', key.file]);
    expect(released).toMatchObject({ code: 0 });
    expect(fieldsOf(released.stdout).sort()).toEqual(
      documentedFields('release')
        .filter((each) => each !== 'signer')
        .sort(),
    );
    const said: unknown = JSON.parse(released.stdout);
    const digest = textAt(said, 'digest');
    expect(said).toMatchObject({ signed: true, images: ['docker.io/library/postgres:18-bookworm'], notes: [] });
    const statements = (await bundlesOf(registry, digest)).map((bundle) => verify(bundle, key.publicKey));
    expect(statements.map((each) => [textAt(each, 'predicateType'), textAt(each, 'subject', 0, 'digest', 'sha256')])).toEqual(
      ['https://sigstore.dev/cosign/sign/v1', 'https://cyclonedx.org/bom', 'https://slsa.dev/provenance/v1'].map((each) => [
        each,
        digest.replace('sha256:', ''),
      ]),
    );
    expect(() => verify({}, key.publicKey)).toThrow();
    for (const bundle of await bundlesOf(registry, digest)) {
      expect(() => verify(bundle, newKey().publicKey)).toThrow(/signature/);
      // cosign looks for a key of that name, and its keys have none.
      expect(valueAt(bundle, ['dsseEnvelope', 'signatures', 0, 'keyid'])).toBeUndefined();
    }
    const head = (await git(folder, 'rev-parse', 'HEAD')).trim();
    expect(valueAt(statements[2], ['predicate'])).toMatchObject({
      buildDefinition: {
        externalParameters: { values: 'values.yaml', repository: 'https://forge.example/platform/databases.git' },
        resolvedDependencies: [
          { uri: 'git+https://forge.example/platform/databases.git', digest: { gitCommit: head } },
          { uri: packageOf('shared-postgresql@') },
        ],
      },
    });
  });
});

test('a bill of materials names the images that run, and what made the chart as no part of that', async () => {
  const key = newKey();
  const image = `--chart-version 1.1.0 --key ${key.file}`.split(' ');
  const own = await newRepository();
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  writeFileSync(join(own, 'values.yaml'), `image: { digest: '${digest}' }\nservices:\n  mail: {}\n`);
  await runProgram(['generate'], { cwd: own });
  await commit(own);
  const released: unknown = JSON.parse((await release(['--json', ...image], {}, own)).stdout);
  const [, bundle] = await bundlesOf(registry, textAt(released, 'digest'));
  const bill = valueAt(verify(bundle, key.publicKey), ['predicate']);
  expect(findFaults(bill)).toEqual([]);
  expect(findFaults({ ...Object(bill), components: [{}] })).not.toEqual([]);
  expect(valueAt(bill, ['components'])).toEqual(
    expect.arrayContaining([
      {
        type: 'container',
        'bom-ref': TEXT,
        name: 'docker.io/library/postgres',
        version: '18-bookworm',
        hashes: [{ alg: 'SHA-256', content: digest.slice(7) }],
        purl: `pkg:oci/postgres@sha256%3A${digest.slice(7)}?repository_url=docker.io%2Flibrary%2Fpostgres&tag=18-bookworm`,
      },
      expect.objectContaining({ purl: packageOf('%40mongodb-js/saslprep@1.'), scope: 'excluded' }),
    ]),
  );
});

test('the same again, published by somebody who did not sign, is signed', async () => {
  const words = ['--chart-version', '1.2.0', '--json'];
  const digest = textAt(JSON.parse((await release(words)).stdout), 'digest');
  expect(await bundlesOf(registry, digest)).toEqual([]);
  const key = newKey();
  const again = await release([...words, '--key', 'env://SIGNING'], { SIGNING: key.text });
  expect(JSON.parse(again.stdout)).toMatchObject({ already: true, signed: true, digest });
  expect((await bundlesOf(registry, digest)).map((bundle) => verify(bundle, key.publicKey))).toHaveLength(3);
});

test('where nothing can be signed, nothing is published', async () => {
  const key = newKey();
  const refusalsOf = async (named: string, variables: NodeJS.ProcessEnv = {}, where = folder): Promise<string> => {
    const { stderr, code } = await release(['--chart-version', '9.9.9', '--key', named], variables, where);
    expect(code).toBe(ENDINGS.refused.code);
    return stderr;
  };
  expect(await refusalsOf('none.pem')).toContain('none.pem: the key cannot be read: there is none of this name\n  Make one with');
  expect(await refusalsOf('env://NONE')).toContain('env://NONE: the variable NONE is not set\n');
  expect(await refusalsOf('env://K', { K: 'x' })).toContain('env://K: it is no private key\n');
  expect(await refusalsOf(newKey('P-384').file)).toContain('it is no key for P-256, which is what cosign takes\n');
  expect(await refusalsOf(key.file, { COSIGN_PASSWORD: 'another' })).toContain('COSIGN_PASSWORD does not open the key\n');
  expect(await refusalsOf(newCosignKey().file, { COSIGN_PASSWORD: 'another' })).toContain(
    'COSIGN_PASSWORD does not open the key\n',
  );
  expect(await refusalsOf(key.file, { COSIGN_PASSWORD: undefined })).toContain(
    'the key has a password\n  Put it into the environment variable COSIGN_PASSWORD.\n',
  );
  const own = await newRepository();
  writeFileSync(join(own, 'chart/extra.txt'), 'x');
  expect(await refusalsOf(key.file, {}, own)).toContain('.: chart/extra.txt is not as it is committed, and what is signed says');
  const { chart } = await deploy({ values: `services: {}\n# ${temporaryFolder()}\n` });
  expect(await refusalsOf(key.file, {}, dirname(chart))).toContain('.: git knows no commit here');
  expect(await ask(registry, 'manifests/9.9.9')).toBeUndefined();
});

test('a changelog has a section of what is published, with a day', async () => {
  const own = await newRepository();
  const refusalOf = async (text: string, version: string): Promise<string> => {
    writeFileSync(join(own, 'CHANGELOG.md'), text);
    return (await release(['--chart-version', version], {}, own)).stderr;
  };
  expect(await refusalOf('# Changes\n\n## 2.0.0 - 2026-11-28\n', '2.1.0')).toContain(
    'CHANGELOG.md: it has no section of 2.1.0, so whoever upgrades reads nothing of it\n  Write what changes under a line "## 2.1.0 - "',
  );
  expect(await refusalOf('# Changes\n\n## 2.1.0 (not released)\n', '2.1.0')).toContain(
    'CHANGELOG.md:3:1: the section of 2.1.0 says that it is not released: 2.1.0 (not released)\n',
  );
  const text = '# Changes\n\n## [Unreleased]\n\n- later\n\n## [v2.2.0] - 2026-11-28\n';
  writeFileSync(join(own, 'CHANGELOG.md'), text);
  const { stdout } = await release(['--chart-version', '2.2.0', '--json'], {}, own);
  expect(JSON.parse(stdout)).toMatchObject({
    notes: ['CHANGELOG.md:3: what stands under Unreleased is in no section of a version'],
  });
  expect((await release(['--chart-version', '2.2.0-rc.1'], {}, own)).code).toBe(0);
});

test('a registry that wants a login gets that of helm registry login', async () => {
  const closed = await startRegistry({ user: 'platform', hash: HASH });
  const config = join(temporaryFolder(), 'registry.json');
  const host = closed.url.replace(/^oci:\/\/|\/charts$/g, '');
  writeFileSync(config, JSON.stringify({ auths: { [host]: { auth: Buffer.from(`platform:${PASSWORD}`).toString('base64') } } }));
  const key = newKey();
  const words = ['release', '--plain-http', '--registry', closed.url, '--key', key.file, '--json'];
  const env = { ...process.env, COSIGN_PASSWORD: PASSWORD, HELM_REGISTRY_CONFIG: config };
  const released = await runProgram(words, { cwd: folder, env });
  expect(released).toMatchObject({ code: 0 });
  await closed.end();
});

test('a file with logins that is no JSON is a sentence', async () => {
  const logins = temporaryFolder();
  writeFileSync(join(logins, 'config.json'), '{ auths');
  const variables = { DOCKER_CONFIG: logins, HELM_REGISTRY_CONFIG: join(logins, 'none.json') };
  const { code, output } = await release(['--key', newKey().file, '--chart-version', '3.0.0'], variables);
  expect(code).toBe(ENDINGS.refused.code);
  expect(output).toContain(`the file with logins ${join(logins, 'config.json')} is no JSON`);
});

describe('cosign itself', () => {
  test('verifies what is signed, and refuses what is not, or by another', async (context: TestContext) => {
    const cosign = await findCosign();
    if ('missing' in cosign) context.skip(cosign.missing);
    const keys = temporaryFolder();
    const env = { ...process.env, COSIGN_PASSWORD: PASSWORD, HOME: keys };
    await runOk(cosign.program, ['generate-key-pair'], { cwd: keys, env });
    const words = ['--json', '--chart-version', '4.0.0'];
    const said: unknown = JSON.parse((await release([...words, '--key', join(keys, 'cosign.key')])).stdout);
    const unsigned: unknown = JSON.parse((await release(['--json', '--chart-version', '4.0.1'])).stdout);
    const nameOf = (from: unknown): string =>
      `${textAt(from, 'reference').replace(/^oci:\/\/|:[^:]*$/g, '')}@${textAt(from, 'digest')}`;
    const check = (name: string, command: string, ...more: readonly string[]): Promise<Result> => {
      const options = ['--insecure-ignore-tlog', '--allow-http-registry', ...more, name];
      return run(cosign.program, [command, '--key', join(keys, 'cosign.pub'), ...options], { env });
    };
    expect(await check(nameOf(said), 'verify')).toMatchObject({ code: 0 });
    for (const type of ['cyclonedx', 'slsaprovenance1'])
      expect(await check(nameOf(said), 'verify-attestation', '--type', type)).toMatchObject({ code: 0 });
    expect((await check(nameOf(unsigned), 'verify')).code).not.toBe(0);
    writeFileSync(join(keys, 'cosign.pub'), newKey().publicKey.export({ type: 'spki', format: 'pem' }));
    expect((await check(nameOf(said), 'verify')).code).not.toBe(0);
  }, 3_600_000);
});
