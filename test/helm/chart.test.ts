import { appendFileSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { sizeWithin } from '../../generator/generate/validate/budget/memory.ts';
import { readQuantity } from '../../generator/generate/validate/sizes.ts';
import { certificateOf } from '../tools/authority.ts';
import { deploy } from '../tools/deployment.ts';
import { CHART, temporaryFolder, VALUES } from '../tools/folders.ts';
import { readAllByHelm } from '../tools/helm-yaml.ts';
import { helm, HELM_MAJORS, template, WITH_PASSWORDS, tryTemplate } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import {
  ADMIN_SECRET,
  at,
  dataOf,
  hasKey,
  listAt,
  parseManifests,
  pick,
  podsOf,
  withoutCertificateFacts,
  type Manifest,
} from '../tools/manifests.ts';
import { project } from '../tools/project.ts';

const EVERYTHING = join(import.meta.dirname, 'values/everything.yaml');

const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  'no values at all': [],
  'the reference values': ['--values', VALUES],
  'every knob at another value': ['--values', EVERYTHING],
  'a Deployment': ['--set', 'workload.kind=Deployment'],
  'an existing claim and no NetworkPolicy': [
    '--set',
    'persistence.existingClaim=mine,networkPolicy.enabled=false,serviceAccount.create=false',
  ],
  'no requests and no limits': [
    '--set',
    ['requests', 'limits']
      .flatMap((kind) => ['cpu', 'memory', 'ephemeral-storage'].map((each) => `resources.${kind}.${each}=null`))
      .join(),
  ],
  'fields left to OpenShift': [
    '--set',
    'podSecurityContext.runAsUser=null,podSecurityContext.runAsGroup=null,podSecurityContext.fsGroup=null',
  ],
};

/** Memory and disk for hundreds of services. */
const ROOM = 'resources: { limits: { memory: 64Gi } }\npersistence: { size: 100Gi }\n';

/** Amounts of memory in every form that Kubernetes reads. */
const QUANTITIES = [
  ...[
    '1Gi',
    '512Mi',
    '64Mi',
    '1.5Gi',
    '.5Gi',
    '3.7Gi',
    '5.Mi',
    '+2Gi',
    '2G',
    '256Gi',
    '1073741824',
    '1e9',
    '1E9',
    '1.024e+10',
    '1024e-2',
  ],
  ...['536870912000m', '1234567890123u', '1234567890123456n', '1Pi', '1P', '1Ei', '9e99'],
];

describe.each(HELM_MAJORS)('Helm %i', { tags: 'quarter' }, (major) => {
  const rendered = new Map<string, Promise<string>>();
  /** What Helm makes of the chart with these arguments. Several tests look at the same, and none of them changes the chart or its values. */
  const renderText = (...args: string[]): Promise<string> => {
    const key = JSON.stringify(args);
    const text = rendered.get(key) ?? template(major, { args: [...WITH_PASSWORDS, ...args] });
    rendered.set(key, text);
    return text;
  };
  const render = async (...args: string[]): Promise<Manifest[]> => parseManifests(await renderText(...args));
  const configOf = async (...args: string[]): Promise<string> =>
    dataOf(pick(await render(...args), 'ConfigMap', /-config$/))['postgresql.conf'] ?? '';

  test('lint --strict finds nothing', async () => {
    for (const args of Object.values(VARIANTS)) {
      const { code, output } = await helm(major, ['lint', '--strict', CHART, ...args]);
      expect(output).toContain('1 chart(s) linted, 0 chart(s) failed');
      expect(code).toBe(0);
    }
  });

  test.each(Object.entries(VARIANTS))('with %s, every manifest is what Kubernetes knows', async (_, args) => {
    const manifests = await render(...args);
    expect(manifests.length).toBeGreaterThan(10);
    expect(manifests.flatMap(violations)).toEqual([]);
    const identities = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(identities).size).toBe(identities.length);
  });

  test.each(Object.entries(VARIANTS))('with %s, nobody is let in without a password', async (_, args) => {
    const output = await renderText(...args);
    const rules = dataOf(pick(parseManifests(output), 'ConfigMap', /-config$/))['pg_hba.conf']?.match(/^\w.*/gm) ?? [];
    const host = args.includes(EVERYTHING) ? 'hostssl' : 'host';
    expect(rules.map((rule) => rule.split(/\s+/).join(' '))).toEqual([
      'local all postgres scram-sha-256',
      'local samerole all scram-sha-256',
      'local all all reject',
      `${host} all postgres all scram-sha-256`,
      `${host} replication shared_postgresql_archive all scram-sha-256`,
      `${host} postgres +shared_postgresql_platform all scram-sha-256`,
      `${host} sameuser +shared_postgresql_restoring all scram-sha-256`,
      `${host} samerole +shared_postgresql_moving all scram-sha-256`,
      'hostssl samerole +shared_postgresql_certificate all scram-sha-256 clientcert=verify-full',
      'hostnossl samerole +shared_postgresql_certificate all reject',
      `${host} samerole all all scram-sha-256`,
      'host all all all reject',
    ]);
    expect(output).not.toMatch(/\btrust\b/i);
  });

  test('with a point in time, every manifest is what Kubernetes knows, and the pods with its volume are beside the archive', async () => {
    const values = `backup: { schedule: '@daily', pointInTime: { enabled: true } }\naffinity: { podAffinity: {} }\nservices: {}\n`;
    const { manifests } = await deploy({ values, helm: major });
    expect(manifests.flatMap(violations)).toEqual([]);
    const withVolume = podsOf(manifests).filter((pod) => JSON.stringify(pod).includes('"claimName":"shared-postgresql-backups"'));
    expect(withVolume.length).toBeGreaterThan(2);
    const beside = withVolume.filter((pod) => JSON.stringify(at(pod, 'spec', 'affinity')).includes('/component":"archive"'));
    expect(withVolume.length - beside.length).toBe(1);
  });

  test('where incremental base backups are put together there is room for it', async () => {
    const sizesFor = async (version: number): Promise<unknown[]> => {
      const backup = `{ schedule: '@daily', pointInTime: { enabled: true }, rehearsal: { size: .75Gi } }`;
      const values = `postgresql: { version: '${version}' }\nbackup: ${backup}\nservices: {}\n`;
      const { manifests } = await deploy({ values, helm: major });
      const cronJobs = manifests.filter(
        ({ kind, metadata }) => kind === 'CronJob' && /-(backup|restore|final)$/.test(metadata.name),
      );
      const volumes = cronJobs.flatMap((each) => listAt(each, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'volumes'));
      const claims = volumes.filter((volume) => hasKey(volume, 'ephemeral'));
      return claims.map((volume) => at(volume, 'ephemeral', 'volumeClaimTemplate', 'spec', 'resources', 'requests', 'storage'));
    };
    expect(await sizesFor(16)).toEqual(['.75Gi', '.75Gi', '.75Gi']);
    expect(await sizesFor(17)).toEqual(['1.5Gi', '1.5Gi', '1.5Gi']);
  });

  test('no object gives a pod rights: there is no Role, no binding and no token', async () => {
    for (const args of Object.values(VARIANTS)) {
      const manifests = await render(...args);
      expect(manifests.map(({ kind }) => kind).filter((kind) => /Role|Hook/.test(kind))).toEqual([]);
      const hooks = manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== undefined);
      expect(hooks.map(({ kind, metadata }) => [kind, metadata.annotations?.['helm.sh/hook']])).toEqual([['Pod', 'test']]);
      expect(podsOf(manifests).length).toBeGreaterThanOrEqual(3);
      for (const pod of podsOf(manifests)) expect(at(pod, 'spec', 'automountServiceAccountToken')).toBe(false);
    }
  });

  test('values of any text come out as they went in', async () => {
    const manifests = await render('--values', EVERYTHING);
    expect(pick(manifests, 'Deployment').metadata.annotations).toEqual({ note: '{{ .Values }} and {{ fail "x" }}' });
    expect(listAt(pick(manifests, 'Deployment'), 'spec', 'template', 'spec', 'containers', 0, 'env').at(-1)).toEqual({
      name: 'TEXT',
      value: '{{ .Values }}',
    });
    const config = dataOf(pick(manifests, 'ConfigMap', 'shared-config'))['postgresql.conf'];
    expect(config).toContain(String.raw`application_name = 'it''s {{ .Release.Name }} \\ here'`);
    expect(config).toContain(`autovacuum_vacuum_threshold = '1000001'\n`);
    expect(config).toContain(`jit = 'false'\nrandom_page_cost = '1.1'\n`);
    expect(at(pick(manifests, 'Job'), 'spec', 'activeDeadlineSeconds')).toBe(1000001);
    const env = listAt(pick(manifests, 'Job'), 'spec', 'template', 'spec', 'containers', 0, 'env');
    expect(env).toContainEqual({ name: 'COMPARE', value: 'all' });
  });

  test('an existing Secret takes the place of a generated one, and is what the Job mounts', async () => {
    const manifests = await render('--values', EVERYTHING);
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const volumes = JSON.stringify(at(pick(manifests, 'Job'), 'spec', 'template', 'spec', 'volumes'));
    for (const name of ['users-from-vault', 'appointment-service-db-secret', 'admin'])
      expect(volumes).toContain(`"name":"${name}"`);
    const one = await render('--set', 'services.user-service.existingSecret=mine');
    expect(
      one
        .filter(({ kind }) => kind === 'Secret')
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual([
      'appointment-service-db-secret',
      'notification-service-db-secret',
      'shared-postgresql-secret',
      'shared-postgresql-tls',
    ]);
  });

  test('a connection Secret has the keys of every convention', async () => {
    const manifests = await render('--namespace', 'data', '--values', VALUES);
    const { password, ...rest } = dataOf(pick(manifests, 'Secret', 'user-service-db-secret'));
    const host = 'shared-postgresql-service.data.svc';
    expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(rest).toEqual({
      type: 'postgresql',
      provider: 'shared-postgresql',
      host,
      port: '5432',
      database: 'userdb',
      dbname: 'userdb',
      username: 'userdb_user',
      user: 'userdb_user',
      uri: `postgresql://userdb_user:${password}@${host}:5432/userdb?sslmode=require`,
      'node-uri': `postgresql://userdb_user:${password}@${host}:5432/userdb?sslmode=no-verify`,
      'jdbc-uri': `jdbc:postgresql://${host}:5432/userdb?user=userdb_user&password=${password}&sslmode=require`,
      pgpass: `${host}:5432:userdb:userdb_user:${password}`,
      'connection-string': `Host=${host};Port=5432;Database=userdb;Username=userdb_user;Password=${password};SSL Mode=Require;Trust Server Certificate=true`,
      'ca.crt': certificateOf(manifests)['ca.crt'],
    });
  });

  const regenerate = ': put it into values.yaml and run `npm run generate`, then install the chart that it writes.';
  test.each([
    [
      'services.user-service.database=other',
      'services.user-service.database is "other", but the chart was generated with "userdb"',
    ],
    ['services.user-service.user=other', 'services.user-service.user is "other", but the chart was generated with "userdb_user"'],
    [
      'services.user-service.secretName=other',
      'services.user-service.secretName is "other", but the chart was generated with "user-service-db-secret"',
    ],
    [
      'services.user-service.connectionLimit=21',
      'services.user-service.connectionLimit is 21, but the chart was generated with 20',
    ],
    [
      'services.user-service.timeouts.lock=1s',
      'services.user-service.timeouts.lock is "1s", but the chart was generated with "30s"',
    ],
    [
      'services.user-service.extensions={citext}',
      'services.user-service.extensions is ["citext"], but the chart was generated with []',
    ],
    ['services.user-service.enabled=false', 'services.user-service.enabled is false, but the chart was generated with true'],
    ['services.user-service=null', 'services.user-service is not in the values, but the chart was generated with it'],
    ['services.extra.database=extra', 'services.extra is in the values, but the chart was generated without it'],
    [
      'services.user-service.roles.reader.access=readonly',
      'services.user-service.roles.reader is in the values, but the chart was generated without it',
    ],
    ['services.user-service.workMem=1MB', 'services.user-service.workMem is "1MB", but the chart was generated with ""'],
    [
      'postgresql.allowedExtensions={moddatetime}',
      'postgresql.allowedExtensions is ["moddatetime"], but the chart was generated with []',
    ],
    ['postgresql.maxConnections=300', 'postgresql.maxConnections is 300, but the chart was generated with 0'],
  ])('--set %s is refused: the chart was not generated for it', async (setting, sentence) => {
    const { code, stderr } = await tryTemplate(major, { args: ['--values', VALUES, '--set', setting] });
    expect(stderr).toContain(sentence + regenerate);
    expect(code).not.toBe(0);
  });

  const anotherName = 'every login has a Secret of its own; set it to another name.';
  test.each([
    [
      ['services.user-service.existingSecret=shared-postgresql-secret'],
      `services.user-service.existingSecret is shared-postgresql-secret, a Secret that belongs to the admin already: ${anotherName}`,
    ],
    [
      ['fullnameOverride=own', 'services.user-service.existingSecret=own-secret'],
      `services.user-service.existingSecret is own-secret, a Secret that belongs to the admin already: ${anotherName}`,
    ],
    [
      ['auth.admin.existingSecret=user-service-db-secret'],
      `services.user-service.secretName is user-service-db-secret, a Secret that belongs to the admin already: ${anotherName}`,
    ],
    [
      ['services.user-service.existingSecret=appointment-service-db-secret'],
      `services.user-service.existingSecret is appointment-service-db-secret, a Secret that belongs to appointment-service already: ${anotherName}`,
    ],
    [
      ['services.user-service.existingSecret=sh.helm.release.v1.shared-postgresql.v1'],
      `services.user-service.existingSecret is sh.helm.release.v1.shared-postgresql.v1, a Secret that belongs to Helm itself already: ${anotherName}`,
    ],
    [
      ['service.name=shared-postgresql-headless'],
      'service.name is shared-postgresql-headless, which is what the Service that the StatefulSet needs for itself is called: set it to another name.',
    ],
  ])('--set %s is refused: two objects would have one name', async (settings, sentence) => {
    const { code, stderr } = await tryTemplate(major, { args: settings.flatMap((setting) => ['--set', setting]) });
    expect(stderr).toContain(sentence);
    expect(code).not.toBe(0);
  });

  test("a role's Secret is not another's either, and each may name its own", async () => {
    const { chart } = await deploy({
      values: 'services: { a: { clientCertificate: own-tls, roles: { r: {} } }, b: {} }\n',
      helm: major,
    });
    const refused = await tryTemplate(major, { chart, args: ['--set', 'services.a.roles.r.existingSecret=b-db-secret'] });
    expect(refused.stderr).toContain(`b-db-secret, a Secret that belongs to role r of a already: ${anotherName}`);
    const server = await tryTemplate(major, { chart, args: ['--set', 'fullnameOverride=own'] });
    expect(server.stderr).toContain(
      `services.a.clientCertificate is own-tls, a Secret that belongs to the server's certificate already: ${anotherName}`,
    );
    const own = 'services.a.existingSecret=a-db-secret,services.a.roles.r.existingSecret=a-r-db-secret';
    expect((await tryTemplate(major, { chart, args: ['--set', own] })).code).toBe(0);
  });

  test('no service has a name that makes two ConfigMaps of one name', async () => {
    const names = ['config', 'desired', 'provisioning', 'schema', 'schema-config', 'admin', 'headless', 'service', 'verify'];
    const files = Object.fromEntries(names.map((name) => [`schema/databases/${name}/001_a.sql`, 'SELECT 1;\n']));
    const values = `services:\n${names.map((name) => `  ${name}: { database: d_${name.replace('-', '_')} }\n`).join('')}`;
    const { manifests } = await deploy({ values, files, helm: major });
    const identities = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(identities.filter((identity) => identity.startsWith('ConfigMap/'))).toHaveLength(4);
    expect(new Set(identities).size).toBe(identities.length);
  });

  test('structure that is given as it was generated passes, and so does a knob', async () => {
    const same = 'services.user-service.database=userdb,services.user-service.connectionLimit=20,services.extra.enabled=false';
    expect((await tryTemplate(major, { args: ['--set', same, '--set', 'service.port=1234'] })).code).toBe(0);
  });

  test.each([
    ['service.port=none', 'port'],
    ['postgresql.logStatement=some', 'logStatement'],
    ['servics.port=1', 'servics'],
  ])('--set %s does not fit the contract', async (setting, field) => {
    const { code, stderr } = await tryTemplate(major, { args: ['--set', setting] });
    expect(stderr).toContain(`values don't meet the specifications of the schema(s)`);
    expect(stderr).toContain(field);
    expect(code).not.toBe(0);
  });

  test('a values file with a key twice is refused by this harness, because no Helm does it', () => {
    expect(() => parseManifests('apiVersion: v1\nkind: Secret\nkind: Secret\nmetadata: {name: x}\n')).toThrow(
      'Map keys must be unique',
    );
    expect(() => parseManifests('apiVersion: v1\nkind: Secret\nmetadata: {name: x, labels: null}\n')).toThrow(
      '.metadata.labels is null',
    );
  });

  test('the text of a schema file is carried byte for byte', async () => {
    const text =
      "-- U+2028 \u2028, NEL \u0085, NBSP \u00a0, tab \t, {{ braces }}, \u{1F600}\r\nSELECT E'\\n', '\"', 'it''s: \\ #';\n\n\n";
    const files = { 'schema/databases/a-service/001_a.sql': text, 'schema/databases/a-service/002_b.sql': 'SELECT 1' };
    const { manifests, chart } = await deploy({ values: 'services: { a-service: {} }\n', files, helm: major });
    const data = { 'a-service.001_a.sql': text, 'a-service.002_b.sql': 'SELECT 1' };
    expect(dataOf(pick(manifests, 'ConfigMap', /-schema$/))).toEqual(data);
    // Helm's own reading is what reaches the cluster: to it NEL is a line end, which becomes a blank between quotes.
    const documents = (await template(major, { chart, args: ['--values', join(chart, '../values.yaml')] })).split(/^---\n/m);
    const read = await readAllByHelm(major, [documents.find((each) => each.includes('-schema"')) ?? '']);
    expect(read).toMatchObject([{ values: { data } }]);
  });

  test('the Job has another name after any change of values, services or schema files, and the same one without', async () => {
    const name = async (values: string, sql: string, ...args: string[]): Promise<string> => {
      const { manifests } = await deploy({ values, files: { 'schema/databases/a/001_a.sql': sql }, helm: major, args });
      return pick(manifests, 'Job').metadata.name;
    };
    const names = [
      await name('services: { a: {} }', 'SELECT 1;'),
      await name('services: { a: {} }', 'SELECT 2;'),
      await name('services: { a: {}, b: {} }', 'SELECT 1;'),
      await name('services: { a: {} }', 'SELECT 1;', '--set', 'provisioning.backoffLimit=1'),
    ];
    expect(new Set(names).size).toBe(4);
    expect(await name('services: { a: {} }', 'SELECT 1;')).toBe(names[0]);
  });

  test('the Job has another name after any change of a script, in whatever folder it lies', async () => {
    const chart = join(temporaryFolder(), 'chart');
    cpSync(CHART, chart, { recursive: true });
    const scripts = readdirSync(join(chart, 'provisioning'), { recursive: true, encoding: 'utf8' });
    const sources = scripts.filter((name) => /\/sources[^/]*\.sql$/.test(name));
    expect(sources.length).toBeGreaterThan(2);
    const names = new Set<string>();
    for (const script of ['admin.sh', ...sources]) {
      appendFileSync(join(chart, 'provisioning', script), '-- more\n');
      names.add(pick(parseManifests(await template(major, { chart, args: [] })), 'Job').metadata.name);
    }
    expect(names.size).toBe(sources.length + 1);
  });

  test('the CronJob runs the very pod of the Job, and is there only with a schedule', async () => {
    expect((await render()).map(({ kind }) => kind)).not.toContain('CronJob');
    const manifests = await render('--set', 'provisioning.schedule=*/15 * * * *');
    const cronJob = at(pick(manifests, 'CronJob'), 'spec');
    expect(cronJob).toMatchObject({ schedule: '*/15 * * * *', concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 300 });
    expect(at(cronJob, 'jobTemplate', 'spec')).toEqual({ template: at(pick(manifests, 'Job'), 'spec', 'template') });
    expect((await tryTemplate(major, { args: ['--set', 'provisioning.schedule=often'] })).code).not.toBe(0);
  });

  test('memory settings follow from the limit as the generator reckons, unless they are given', async () => {
    const { model } = await generate(readInput({ values: VALUES, out: CHART }, project));
    for (const quantity of QUANTITIES) {
      const kB = readQuantity(quantity) ?? NaN;
      const conf = await configOf('--set', 'resources.requests.memory=0', '--set-string', `resources.limits.memory=${quantity}`);
      for (const memory of model.budget.server.memory)
        expect(conf, quantity).toContain(`${memory.setting} = '${sizeWithin(memory, kB)}kB'\n`);
    }
    const given = await configOf('--values', EVERYTHING);
    expect(given.match(/work_mem = .*/g)).toEqual([expect.stringMatching(/^work_mem = '\d+kB'$/), "work_mem = '8MB'"]);
    expect(await configOf('--set', 'resources.limits.memory=null')).not.toContain('shared_buffers');
  });

  test('connections, and what a server of many databases needs, follow from the services in steps, unless they are given', async () => {
    const settingsOf = async (services: number, own = ''): Promise<(string | undefined)[]> => {
      const entries = Array.from({ length: services }, (_, number) => `  s${number}: {}\n`).join('');
      const { manifests } = await deploy({ values: `${ROOM}${own}services:\n${entries}`, helm: major });
      const conf = dataOf(pick(manifests, 'ConfigMap', 'shared-postgresql-config'))['postgresql.conf'] ?? '';
      const names = ['max_connections', 'recovery_init_sync_method', 'autovacuum_naptime'];
      return names.map((name) => new RegExp(`^${name} = (.*)$`, 'm').exec(conf)?.[1]);
    };
    expect(await settingsOf(8)).toEqual(['200', undefined, undefined]);
    expect(await settingsOf(9)).toEqual(['300', undefined, undefined]);
    expect(await settingsOf(100)).toEqual(['2400', undefined, undefined]);
    expect(await settingsOf(101)).toEqual(['2400', "'syncfs'", undefined]);
    expect(await settingsOf(301)).toEqual(['6400', "'syncfs'", "'80s'"]);
    const own =
      'postgresql: { maxConnections: 6100, settings: { recovery_init_sync_method: fsync, autovacuum_naptime: 5min } }\n';
    expect(await settingsOf(301, own)).toEqual(['6100', "'fsync'", "'5min'"]);
  });

  test('helm test runs the proof in a pod like that of the Job, without the schema files', async () => {
    const manifests = await render();
    const [job, proof] = [at(pick(manifests, 'Job'), 'spec', 'template', 'spec'), at(pick(manifests, 'Pod'), 'spec')];
    expect(at(proof, 'containers', 0, 'command')).toEqual(['bash', '/provisioning/scripts/verify.sh']);
    const namesOf = (pod: unknown): unknown[] => listAt(pod, 'volumes').map((volume) => at(volume, 'name'));
    expect(namesOf(proof)).toEqual(namesOf(job).filter((name) => name !== 'schema'));
  });

  test('beyond 250 logins the proof mounts an even sample of their Secrets, the Job all of them', async () => {
    const services = Array.from({ length: 520 }, (_, number) => `  s${number}: { connectionLimit: 1 }\n`).join('');
    const { manifests } = await deploy({ values: `${ROOM}services:\n${services}`, helm: major });
    const passwordsOf = (pod: unknown): number => {
      const volume = listAt(pod, 'volumes').find((candidate) => at(candidate, 'name') === 'passwords');
      return listAt(volume, 'projected', 'sources').length;
    };
    const proof = at(pick(manifests, 'Pod'), 'spec');
    expect(passwordsOf(proof)).toBe(174);
    expect(listAt(proof, 'containers', 0, 'env')).toContainEqual({ name: 'PASSWORDS', value: 'sample' });
    expect(passwordsOf(at(pick(manifests, 'Job'), 'spec', 'template', 'spec'))).toBe(520);
  });

  test('the longest names fit what Kubernetes allows', async () => {
    const longest = 'f'.repeat(42);
    for (const release of ['r'.repeat(53), `shared-postgresql-${'r'.repeat(35)}`, 'a']) {
      const manifests = parseManifests(await template(major, { release, args: [] }));
      expectAllowedNames(manifests);
    }
    expectAllowedNames(await render('--set', `fullnameOverride=${longest}`));
  });

  test('a role beside the owner has a Secret like the owner, or one of the platform team', async () => {
    const values = 'services:\n  a-service: { labels: { team: x }, roles: { reporting: {}, batch: { existingSecret: mine } } }\n';
    const { manifests } = await deploy({ values, helm: major });
    expect(manifests.flatMap(violations)).toEqual([]);
    const secret = pick(manifests, 'Secret', 'a-service-reporting-db-secret');
    expect(secret.metadata.labels).toMatchObject({ team: 'x' });
    expect(dataOf(secret)).toMatchObject({ user: 'adb_reporting', username: 'adb_reporting', database: 'adb' });
    expect(manifests.some(({ metadata }) => metadata.name === 'a-service-batch-db-secret')).toBe(false);
    const passwords = JSON.stringify(at(pick(manifests, 'Job'), 'spec', 'template', 'spec', 'volumes'));
    expect(passwords).toContain('{"items":[{"key":"password","path":"a-service.batch/password"}],"name":"mine","optional":true}');
  });

  test('the labels of a service win over those of all, and no key stands there twice', async () => {
    const values = `commonLabels: { team: all }
commonAnnotations: { note: all, helm.sh/resource-policy: delete }
services: { a: { labels: { team: '', cost: 'true' }, annotations: { note: 'a: "<b>" &' } }, b: {} }\n`;
    const { manifests } = await deploy({ values, helm: major });
    expect(manifests.flatMap(violations)).toEqual([]);
    expect(pick(manifests, 'Secret', 'a-db-secret').metadata).toMatchObject({
      labels: { team: '', cost: 'true', 'app.kubernetes.io/component': 'service' },
      annotations: { note: 'a: "<b>" &' },
    });
    expect(pick(manifests, 'Secret', 'b-db-secret').metadata.labels).toMatchObject({ team: 'all' });
    expect(pick(manifests, 'Secret', ADMIN_SECRET).metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
  });

  test.each([
    ['services.user-service.labels', 'app.kubernetes.io/component=server'],
    ['services.user-service.labels', 'helm.sh/chart=x'],
    ['services.user-service.annotations', 'helm.sh/hook=pre-install'],
    ['services.user-service.annotations', 'meta.helm.sh/release-name=x'],
    ['commonLabels', 'helm.sh/chart=x'],
    ['commonLabels', 'app.kubernetes.io/name=x'],
    ['commonAnnotations', 'checksum/config=x'],
    ['commonAnnotations', 'helm.sh/hook=pre-install'],
    ['service.annotations', 'helm.sh/hook-weight=1'],
    ['serviceAccount.annotations', 'meta.helm.sh/release-name=x'],
  ])('at install, %s that have %s are refused', async (field, text) => {
    const { code, stderr } = await tryTemplate(major, { args: ['--set-string', `${field}.${text.replaceAll('.', '\\.')}`] });
    expect(stderr).toContain(
      `${field} has ${text.replace(/=.*/, '')}, which is set by the chart, or obeyed by Helm: take it out; a key of your own has your domain in front: example.org/team.`,
    );
    expect(code).not.toBe(0);
  });

  test('a chart with no services renders', async () => {
    const { manifests } = await deploy({ values: 'services: {}\n', helm: major });
    expect(manifests.flatMap(violations)).toEqual([]);
    expect(manifests.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name)).toEqual([
      'shared-postgresql-secret',
      'shared-postgresql-tls',
    ]);
  });
});

test('both majors render the same, but for the passwords', async () => {
  const [three, four] = await Promise.all(
    HELM_MAJORS.map(async (major) => parseManifests(await template(major, { args: ['--values', VALUES] }))),
  );
  const withoutData = (manifests: Manifest[] = []): unknown[] =>
    manifests.map((manifest) => (manifest.kind === 'Secret' ? withoutCertificateFacts(manifest).metadata : manifest));
  expect(withoutData(three)).toEqual(withoutData(four));
});

describe('the check against Kubernetes can fail', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 1 }] } };
  test.each([
    ['an unknown field', { ...service, spec: { prots: [] } }, 'additional properties'],
    ['a missing field', { ...service, spec: { ports: [{ name: 'a' }] } }, "required property 'port'"],
    ['a wrong type', { ...service, spec: { ports: [{ port: '1' }] } }, 'must be number'],
    ['an unknown kind', { ...service, kind: 'Servce' }, "v1/Servce is a kind that Kubernetes' client does not know"],
    ['a kind of another group', { ...service, apiVersion: 'apps/v1' }, "apps/v1/Service is a kind that Kubernetes' client"],
    ['a group that is named in part', { ...service, apiVersion: 'networking/v1', kind: 'Ingress' }, 'networking/v1/Ingress is a'],
    ['a version that is gone', { ...service, apiVersion: 'batch/v1beta1', kind: 'CronJob' }, 'batch/v1beta1/CronJob is a kind'],
  ])('%s', (_, manifest, message) => {
    expect(violations(manifest).join('\n')).toContain(message);
  });

  test('and knows kinds that the chart does not have', () => {
    const metadata = { name: 'x' };
    const spec = { maxUnavailable: 1, selector: { matchLabels: { a: 'b' } } };
    const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec };
    expect(violations(budget)).toEqual([]);
    expect(violations({ ...budget, spec: { ...spec, minAvailabel: 1 } })).toHaveLength(1);
    expect(violations({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules: [] })).toEqual([]);
  });
});

/** Most names become labels or host names; a ConfigMap's does not. */
function expectAllowedNames(manifests: readonly Manifest[]): void {
  for (const { kind, metadata } of manifests) {
    expect(metadata.name.length, metadata.name).toBeLessThanOrEqual(kind === 'ConfigMap' ? 253 : 63);
  }
}
