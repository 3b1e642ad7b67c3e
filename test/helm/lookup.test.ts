import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deploy } from '../tools/deployment.ts';
import { ADMIN_SECRET, at, dataOf, parseManifests, pick, type Manifest } from '../tools/manifests.ts';
import { renderAmong, type PresentSecret } from '../tools/seeing.ts';

test('a Secret that was made for another login lends nobody its password', async () => {
  const { chart } = await deploy({ values: 'services:\n  evil-service: {}\n  payments-service: {}\n' });
  // Before this upgrade the entry of evil-service had secretName: payments-service-db-secret, and there was no payments-service.
  const { stdout: text } = await renderAmong(chart, {
    'payments-service-db-secret': { data: { username: 'evildb_user', database: 'evildb', password: 'KnownToEvil' } },
  });
  const { username, password } = dataOf(pick(parseManifests(text), 'Secret', 'payments-service-db-secret'));
  expect(username).toBe('paymentsdb_user');
  expect(password).not.toBe('KnownToEvil');
});

test('the Secret of a login keeps its password', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
  const { stdout: text } = await renderAmong(chart, {
    'payments-service-db-secret': { data: { username: 'paymentsdb_user', database: 'paymentsdb', password: 'ItsOwn' } },
  });
  expect(dataOf(pick(parseManifests(text), 'Secret', 'payments-service-db-secret'))['password']).toBe('ItsOwn');
});

test('a login that was rotated twice in one upgrade has another password', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: { namespace: payments, rotation: 2 }\n' });
  const data = { username: 'paymentsdb_user', database: 'paymentsdb', password: 'Leaked' };
  const made = async (present: Record<string, string>): Promise<(string | undefined)[]> => {
    const { stdout } = await renderAmong(chart, { 'payments-service-db-secret': { data: present } });
    const secrets = parseManifests(stdout).filter(({ metadata }) => metadata.name === 'payments-service-db-secret');
    expect(secrets.map((secret) => dataOf(secret)['rotation'])).toEqual(['2', '2']);
    return secrets.map((secret) => dataOf(secret)['password']);
  };
  const [one, other] = await made(data);
  expect(one).toBe(other);
  expect(one).not.toBe('Leaked');
  expect(await made({ ...data, rotation: '2', password: 'ItsOwn' })).toEqual(['ItsOwn', 'ItsOwn']);
});

test('a login whose service has a namespace has one password, kept in the deployment’s own', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: { namespace: payments }\n' });
  const { stdout: text } = await renderAmong(chart, {
    'payments-service-db-secret': { data: { username: 'paymentsdb_user', database: 'paymentsdb', password: 'ItsOwn' } },
  });
  const secrets = parseManifests(text).filter(({ metadata }) => metadata.name === 'payments-service-db-secret');
  expect(secrets.map((secret) => [secret.metadata.namespace, dataOf(secret)['password']]).sort()).toEqual([
    ['default', 'ItsOwn'],
    ['payments', 'ItsOwn'],
  ]);
});

test('the admin keeps the password of a Secret without a name, and nobody gets that of another login', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
  const admin = async (data: Record<string, string>): Promise<string | undefined> => {
    const { stdout } = await renderAmong(chart, { 'r-shared-postgresql-secret': { data } });
    return dataOf(pick(parseManifests(stdout), 'Secret', ADMIN_SECRET))['password'];
  };
  expect(await admin({ password: 'Kept' })).toBe('Kept');
  expect(await admin({ username: 'postgres', password: 'Kept' })).toBe('Kept');
  expect(await admin({ username: 'evildb_user', password: 'KnownToEvil' })).not.toBe('KnownToEvil');
});

test("the admin's Secret of an earlier chart is kept, and one of somebody else's that is called so is left alone", async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
  const data = { username: 'postgres', password: 'Kept' };
  const labels = { 'app.kubernetes.io/part-of': 'shared-postgresql' };
  const ours = parseManifests((await renderAmong(chart, { 'r-shared-postgresql-admin': { data, labels } })).stdout);
  expect(dataOf(pick(ours, 'Secret', 'r-shared-postgresql-admin'))).toEqual(data);
  expect(ours.some(({ metadata }) => metadata.name === 'r-shared-postgresql-secret')).toBe(false);
  expect(JSON.stringify(ours)).not.toContain('"r-shared-postgresql-secret"');
  const others = parseManifests((await renderAmong(chart, { 'r-shared-postgresql-admin': { data } })).stdout);
  expect(dataOf(pick(others, 'Secret', 'r-shared-postgresql-secret'))['password']).not.toBe('Kept');
});

test('a release whose Secrets the command deploy is to keep takes none away, and minds those of no other alias', async () => {
  const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
  const args = ['--set', 'auth.passwords=deploy'];
  const present = (name: string): Record<string, PresentSecret> => ({
    'payments-service-db-secret': {
      data: {},
      labels: { 'app.kubernetes.io/part-of': 'shared-postgresql', 'app.kubernetes.io/name': name },
    },
  });
  await expect(renderAmong(chart, present('shared-postgresql'), { args })).rejects.toThrow(
    'auth.passwords is deploy, and Helm would delete Secret payments-service-db-secret with its password: upgrade with the command deploy, which keeps it.',
  );
  expect((await renderAmong(chart, present('billing'), { args })).stdout).not.toContain('kind: Secret');
});

describe('the certificate', () => {
  const NAME = 'r-shared-postgresql-tls';
  const day = 86_400_000;
  const inDays = (days: number): string => `${new Date(Date.now() + days * day).toISOString().slice(0, 19)}Z`;

  /** What an upgrade makes of the certificate of an install, whose annotations are changed meanwhile. */
  const upgraded = async (changes: Record<string, string>): Promise<[Record<string, string>, Record<string, string>]> => {
    const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
    const installed = pick(parseManifests((await renderAmong(chart, {})).stdout), 'Secret', NAME);
    const annotations = { ...installed.metadata.annotations, ...changes };
    const { stdout: text } = await renderAmong(chart, { [NAME]: { data: dataOf(installed), annotations } });
    return [dataOf(installed), dataOf(pick(parseManifests(text), 'Secret', NAME))];
  };

  test('stays until the last third of its life', async () => {
    const [before, after] = await upgraded({ 'shared-postgresql/certificate-ends': inDays(250) });
    expect(after).toEqual(before);
  });

  test.each([
    ['in the last third of its life', { 'shared-postgresql/certificate-ends': inDays(240) }],
    ['when it has ended', { 'shared-postgresql/certificate-ends': inDays(-1) }],
    ['when nobody knows when it ends', { 'shared-postgresql/certificate-ends': 'soon' }],
    ['when other names are wanted', { 'shared-postgresql/certificate-names': 'localhost' }],
  ])('is made anew %s, by the authority that clients know', async (_, changes) => {
    const [before, after] = await upgraded(changes);
    const [certificate, authority] = [after['tls.crt'] ?? '', after['ca.crt'] ?? ''].map((text) => new X509Certificate(text));
    expect(after['tls.crt']).not.toBe(before['tls.crt']);
    expect(after['tls.key']).not.toBe(before['tls.key']);
    expect(after['ca.crt']).toBe(before['ca.crt']);
    expect(authority && certificate?.verify(authority.publicKey)).toBe(true);
    expect(Date.parse(certificate?.validTo ?? '') - Date.now()).toBeGreaterThan(729 * day);
  });

  describe('of another authority', () => {
    /** One upgrade after the other, each among what the one before left, with what it is given. */
    const through = async (
      ...steps: readonly { rotation?: number; annotations?: Record<string, string> }[]
    ): Promise<Stage[]> => {
      const { chart } = await deploy({ values: 'services:\n  payments-service: {}\n' });
      const stages = [read((await renderAmong(chart, {})).stdout)];
      for (const { rotation = 0, annotations = {} } of steps) {
        const { data, annotations: left } = stages.at(-1) ?? { data: {}, annotations: {} };
        const secrets = { [NAME]: { data, annotations: { ...left, ...annotations } } };
        stages.push(read((await renderAmong(chart, secrets, { args: ['--set', `tls.rotation=${String(rotation)}`] })).stdout));
      }
      return stages;
    };

    interface Stage {
      readonly data: Record<string, string>;
      readonly annotations: Record<string, string>;
      /** The authorities that clients know, and the one of them that signed the certificate. */
      readonly known: readonly string[];
      readonly signer: string | undefined;
    }

    const read = (text: string): Stage => {
      const manifests = parseManifests(text);
      const secret = pick(manifests, 'Secret', NAME);
      const data = dataOf(secret);
      expect(dataOf(pick(manifests, 'Secret', 'payments-service-db-secret'))['ca.crt']).toBe(data['ca.crt']);
      const known = data['ca.crt']?.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n/g) ?? [];
      const certificate = new X509Certificate(data['tls.crt'] ?? '');
      const signer = known.find((each) => certificate.verify(new X509Certificate(each).publicKey));
      return { data, annotations: { ...secret.metadata.annotations }, known, signer };
    };

    test('comes after clients know it, and the former is known until it ends', async () => {
      const near = { 'shared-postgresql/authority-ends': inDays(1400) };
      const nearer = { 'shared-postgresql/authority-ends': inDays(700), 'shared-postgresql/certificate-ends': inDays(240) };
      const over = { 'shared-postgresql/former-authority-ends': inDays(-1) };
      const [made, told, kept, signs, stays, forgets] = await through(
        { annotations: near },
        { annotations: { 'shared-postgresql/certificate-ends': inDays(250) } },
        { annotations: nearer },
        {},
        { annotations: over },
      );
      const former = made?.known[0];
      const next = told?.known[1];
      expect(made?.known).toHaveLength(1);
      expect(told).toMatchObject({ known: [former, next], signer: former });
      expect(told?.data['tls.crt']).toBe(made?.data['tls.crt']);
      expect(kept?.data).toEqual(told?.data);
      expect(signs).toMatchObject({ known: [next, former], signer: next });
      expect(signs?.data).not.toHaveProperty('next-ca.key');
      expect(signs?.data['ca.key']).toBe(told?.data['next-ca.key']);
      expect(stays?.data).toEqual(signs?.data);
      expect(forgets).toMatchObject({ known: [next], signer: next });
      expect(forgets?.data['tls.crt']).toBe(signs?.data['tls.crt']);
    });

    test('comes by the counter in three steps, and each once', async () => {
      const [made, told, again, signs, forgets, settled] = await through(
        { rotation: 1 },
        { rotation: 1 },
        { rotation: 2 },
        { rotation: 3 },
        { rotation: 3 },
      );
      const [former, next] = told?.known ?? [];
      expect(made?.known).toEqual([former]);
      expect(told?.signer).toBe(former);
      expect(again?.data).toEqual(told?.data);
      expect(signs).toMatchObject({ known: [next, former], signer: next });
      expect(forgets).toMatchObject({ known: [next], signer: next });
      expect(settled?.data).toEqual(forgets?.data);
    });

    test('is at once where the former has ended', async () => {
      const [made, after] = await through({ annotations: { 'shared-postgresql/authority-ends': inDays(-1) } });
      expect(after?.known).toHaveLength(1);
      expect(after?.known).not.toEqual(made?.known);
      expect(after?.signer).toBe(after?.known[0]);
    });
  });
});

const ISSUING = 'services: { shop: { namespace: shops, clientCertificate: shop-certificate } }\n';

test("a login's certificate is signed once, kept until its last third or a change by hand, and after a rotation there are those of both logins", async () => {
  const { chart } = await deploy({ values: ISSUING });
  const { chart: rotating } = await deploy({ values: ISSUING.replace('namespace', 'rotation: 1, namespace') });
  const first = await issued(chart, {});
  const [one, other] = first.secrets;
  expect(first.secrets.map(({ metadata }) => metadata.namespace).sort()).toEqual(['default', 'shops']);
  expect(other?.['data']).toEqual(one?.['data']);
  const data = dataOf(first.secret);
  const certificate = new X509Certificate(data['tls.crt'] ?? '');
  expect(certificate.subject).toBe('CN=shopdb_user');
  expect(certificate.checkIssued(new X509Certificate(first.authority))).toBe(true);
  const der = Buffer.from(String(at(first.secret, 'data', 'shopdb_user.key.der')), 'base64');
  expect(certificate.checkPrivateKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))).toBe(true);

  expect(keyOf(await issued(chart, first.present))).toBe(keyOf(first));
  const ending = { ...first.secret.metadata.annotations, 'shared-postgresql/certificate-ends': inDays(200) };
  expect(keyOf(await issued(chart, first.present, ending))).not.toBe(keyOf(first));
  const changed = {
    data: { ...data, 'shopdb_user.tls.crt': 'of somebody' },
    annotations: first.secret.metadata.annotations ?? {},
  };
  const mended = dataOf((await issued(chart, { ...first.present, 'shop-certificate': changed })).secret);
  expect(new X509Certificate(mended['tls.crt'] ?? '').subject).toBe('CN=shopdb_user');
  const beside = { ...changed, data: { ...data, 'of-somebody': 'else' } };
  expect(keyOf(await issued(chart, { ...first.present, 'shop-certificate': beside }))).toBe(keyOf(first));
  const rotated = dataOf((await issued(rotating, first.present)).secret);
  expect(new X509Certificate(rotated['tls.crt'] ?? '').subject).toBe('CN=shopdb_user_2');
  expect(new X509Certificate(rotated['shopdb_user.tls.crt'] ?? '').subject).toBe('CN=shopdb_user');
});

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, '');

const keyOf = ({ secret }: Issued): string | undefined => dataOf(secret)['tls.key'];

interface Issued {
  readonly secrets: readonly Manifest[];
  readonly secret: Manifest;
  readonly authority: string;
  /** What the next rendering finds. */
  readonly present: Readonly<Record<string, PresentSecret>>;
}

/** What is rendered of shop-certificate among what an earlier rendering made. */
async function issued(chart: string, present: Issued['present'], annotations?: Record<string, string>): Promise<Issued> {
  const before = present['shop-certificate'];
  const among = before && annotations ? { ...present, 'shop-certificate': { ...before, annotations } } : present;
  const manifests = parseManifests(
    (await renderAmong(chart, among, { args: ['--set', 'tls.issueClientCertificates=true'] })).stdout,
  );
  const secrets = manifests.filter(({ metadata }) => metadata.name === 'shop-certificate');
  const [tls, secret] = [pick(manifests, 'Secret', 'r-shared-postgresql-tls'), secrets[0]];
  if (secret === undefined) throw new Error('no certificate was issued');
  const found = [tls, secret].map((each): [string, PresentSecret] => [
    each.metadata.name,
    { data: dataOf(each), annotations: each.metadata.annotations ?? {} },
  ]);
  return { secrets, secret, authority: dataOf(tls)['ca.crt'] ?? '', present: Object.fromEntries(found) };
}
