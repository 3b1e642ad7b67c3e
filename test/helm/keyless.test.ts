import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { findCosign } from '../tools/cosign.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { ask, bundlesOf, newRepository, releaseTo, textAt } from '../tools/publishing.ts';
import { startRegistry, type OciRegistry } from '../tools/registry.ts';
import { run, type Result } from '../tools/run.ts';
import { newKey } from '../tools/signing-keys.ts';
import { startSigstore, type Sigstore } from '../tools/sigstore.ts';

/* A workflow signs as itself, with no key of anybody's; @sigstore/mock stands in for Sigstore's services. */
let registry: OciRegistry;
let sigstore: Sigstore;
let folder = '';
beforeAll(async () => {
  [registry, sigstore, folder] = await Promise.all([startRegistry(), startSigstore(), newRepository()]);
});
afterEach(() => sigstore.mend());
afterAll(() => Promise.all([registry.end(), sigstore.end()]));

/** `release` as a job of the forge. */
function release(version: string, variables: NodeJS.ProcessEnv = {}, more: readonly string[] = ['--json']): Promise<Result> {
  return releaseTo(registry, folder, ['--chart-version', version, ...more], { ...sigstore.variables, ...variables });
}

/** What a bundle says, once Sigstore's library took it for signed by this one, and for written to the log. */
function verify(bundle: unknown, { subject, issuer }: Sigstore['identity'], by = sigstore): unknown {
  const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(by.trustedRoot)));
  const exactly = `^${subject.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
  verifier.verify(toSignedEntity(bundleFromJSON(bundle)), { subjectAlternativeName: exactly, extensions: { issuer } });
  return JSON.parse(Buffer.from(textAt(bundle, 'dsseEnvelope', 'payload'), 'base64').toString());
}

test('without a key a chart is signed by the workflow, with what it is made of and which commit it was built of', async () => {
  const released = await release('1.0.0');
  expect(released).toMatchObject({ code: 0 });
  expect(fieldsOf(released.stdout).sort()).toEqual(documentedFields('release').sort());
  const said: unknown = JSON.parse(released.stdout);
  expect(said).toMatchObject({ signed: true, signer: sigstore.identity });
  expect(sigstore.entries()).toBe(3);
  const digest = textAt(said, 'digest');
  const statements = (await bundlesOf(registry, digest)).map((bundle) => verify(bundle, sigstore.identity));
  const kinds = ['https://sigstore.dev/cosign/sign/v1', 'https://cyclonedx.org/bom', 'https://slsa.dev/provenance/v1'];
  expect(statements.map((each) => [textAt(each, 'predicateType'), textAt(each, 'subject', 0, 'digest', 'sha256')])).toEqual(
    kinds.map((kind) => [kind, digest.replace('sha256:', '')]),
  );
});

test('another workflow, another issuer, other services and a changed statement are refused', async () => {
  const digest = textAt(JSON.parse((await release('1.1.0')).stdout), 'digest');
  const { subject, issuer } = sigstore.identity;
  const other = await startSigstore();
  for (const bundle of await bundlesOf(registry, digest)) {
    const strangers = [subject.replace('v1.0.0', 'v1.0.1'), subject.replace('/databases/', '/other/'), subject.slice(0, -1)];
    for (const each of strangers) expect(() => verify(bundle, { subject: each, issuer })).toThrow('certificate identity error');
    expect(() => verify(bundle, { subject, issuer: 'https://other.example' })).toThrow('invalid certificate extension');
    expect(() => verify(bundle, sigstore.identity, other)).toThrow();
    const payload = textAt(bundle, 'dsseEnvelope', 'payload');
    const text = Buffer.from(payload, 'base64').toString().replace(digest.slice(7), '0'.repeat(64));
    const replaced = (name: string, part: unknown): unknown =>
      JSON.parse(JSON.stringify(bundle, (key, value: unknown) => (key === name ? part : value)));
    expect(() => verify(replaced('payload', Buffer.from(text).toString('base64')), sigstore.identity)).toThrow();
    expect(() => verify(replaced('tlogEntries', []), sigstore.identity)).toThrow('expected 1 timestamps, got 0');
  }
  await other.end();
});

test('it says how whoever installs asks for the signature, and shows no token', async () => {
  const { output, code } = await release('1.2.0', { SIGSTORE_ID_TOKEN: sigstore.token() }, []);
  const { subject, issuer } = sigstore.identity;
  const host = registry.url.replace('oci://', '');
  expect(output).toMatch(/\nsigned, with its bill of materials and its provenance\n/);
  expect(output).toContain(
    `\nwhoever installs asks for it: cosign verify --certificate-identity '${subject}' --certificate-oidc-issuer '${issuer}' ${host}/shared-postgresql@sha256:`,
  );
  expect(output).not.toMatch(/eyJ/);
  expect(code).toBe(0);
});

test('a key that is named signs, and nothing is written to the log', async () => {
  const before = sigstore.entries();
  const said: unknown = JSON.parse((await release('1.3.0', {}, ['--json', '--key', newKey().file])).stdout);
  expect(said).toMatchObject({ signed: true });
  expect(said).not.toHaveProperty('signer');
  expect(sigstore.entries()).toBe(before);
});

test('where the forge or Fulcio refuses, nothing is published', async () => {
  const before = sigstore.entries();
  const refusalOf = async (variables: NodeJS.ProcessEnv): Promise<string> => {
    const { output, stderr, code } = await release('9.9.9', variables, []);
    expect(code).toBe(ENDINGS.refused.code);
    expect(output).not.toMatch(/eyJ/);
    sigstore.mend();
    return stderr;
  };
  const url = 'ACTIONS_ID_TOKEN_REQUEST_URL';
  expect(await refusalOf({ SIGSTORE_ID_TOKEN: 'eyJhbGciOiJub25lIn0' })).toContain(
    'SIGSTORE_ID_TOKEN: what it gives is no token of OpenID Connect\n  A job of GitHub gets one by `permissions: { id-token: write }`',
  );
  expect(await refusalOf({ [url]: 'forge' })).toContain(`${url}: it is no URL\n`);
  expect(await refusalOf({ [url]: 'http://127.0.0.1:1/x' })).toContain(
    `${url}: the forge does not answer at http://127.0.0.1:1\n`,
  );
  expect(await refusalOf({ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' })).toContain(
    `${url}: the forge gives no token: it answered 401\n`,
  );
  const fulcio = sigstore.variables['COSIGN_FULCIO_URL']?.replace(/\/$/, '') ?? '';
  expect(await refusalOf({ SIGSTORE_ID_TOKEN: sigstore.token('somebody') })).toContain(
    `${fulcio}: there is no certificate to sign with: (400) the token is for somebody else\n  Look whether it is to be reached`,
  );
  const foreign = sigstore.token().replace(/\.[^.]*$/, '.eyJ');
  expect(await refusalOf({ SIGSTORE_ID_TOKEN: foreign })).toContain('(400) There was an error processing the identity token\n');
  sigstore.break('fulcio', 403);
  expect(await refusalOf({})).toContain('there is no certificate to sign with: (403) out of order\n');
  writeFileSync(join(folder, 'chart/extra.txt'), 'x');
  expect(await refusalOf({})).toContain('chart/extra.txt is not as it is committed');
  rmSync(join(folder, 'chart/extra.txt'));
  expect(await ask(registry, 'manifests/9.9.9')).toBeUndefined();
  expect(sigstore.entries()).toBe(before);
});

test('where the log takes no entry, the chart is published without a signature, which the same again mends', async () => {
  sigstore.break('rekor', 400);
  const { stderr, code } = await release('2.0.0', {}, []);
  expect(stderr).toContain(
    `shared-postgresql:2.0.0 is published, and what is signed of it is not: the log at ${sigstore.variables['COSIGN_REKOR_URL']}`,
  );
  expect(stderr).toContain('took no entry: (400) out of order\n  Mend what it says and run the same again');
  expect(code).toBe(ENDINGS.refused.code);
  sigstore.mend();
  const again: unknown = JSON.parse((await release('2.0.0')).stdout);
  expect(again).toMatchObject({ already: true, signed: true });
  expect(await bundlesOf(registry, textAt(again, 'digest'))).toHaveLength(3);
});

describe('cosign itself', () => {
  test('verifies what the workflow signed, and refuses another one, another issuer and what nobody signed', async (context: TestContext) => {
    const cosign = await findCosign();
    if ('missing' in cosign) context.skip(cosign.missing);
    const own = temporaryFolder();
    const root = join(own, 'trusted_root.json');
    writeFileSync(root, JSON.stringify(sigstore.trustedRoot));
    const check = (digest: string, command: string, who: Sigstore['identity'], ...more: readonly string[]): Promise<Result> => {
      const signer = ['--certificate-identity', who.subject, '--certificate-oidc-issuer', who.issuer];
      const name = `${registry.url.replace('oci://', '')}/shared-postgresql@${digest}`;
      const options = ['--trusted-root', root, '--allow-http-registry', ...more, name];
      return run(cosign.program, [command, ...signer, ...options], { env: { ...process.env, HOME: own } });
    };
    const { identity } = sigstore;
    const digest = textAt(JSON.parse((await release('4.0.0')).stdout), 'digest');
    expect(await check(digest, 'verify', identity)).toMatchObject({ code: 0 });
    for (const type of ['cyclonedx', 'slsaprovenance1'])
      expect(await check(digest, 'verify-attestation', identity, '--type', type)).toMatchObject({ code: 0 });
    const strangers = [
      { ...identity, subject: `${identity.subject}1` },
      { ...identity, issuer: 'https://other.example' },
    ];
    for (const each of strangers)
      expect((await check(digest, 'verify', each)).stderr).toContain('failed to verify certificate identity');
    const nobodys = { SIGSTORE_ID_TOKEN: undefined, ACTIONS_ID_TOKEN_REQUEST_URL: undefined };
    const unsigned = textAt(JSON.parse((await release('4.0.1', nobodys)).stdout), 'digest');
    expect((await check(unsigned, 'verify', identity)).code).not.toBe(0);
  });
});
