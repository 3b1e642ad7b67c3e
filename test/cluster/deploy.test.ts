import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, inject, test, type TestContext } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { writeFiles } from '../tools/deployment.ts';
import { EXTERNAL, startExternalLab, VERIFIED, VERIFIED_HOST, type ExternalLab } from '../tools/external.ts';
import { documentedFields, fieldsOf } from '../tools/documented.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, type HelmMajor } from '../tools/helm.ts';
import { dataOf, pick } from '../tools/manifests.ts';
import { runProgram } from '../tools/program.ts';
import type { Result } from '../tools/run.ts';
import { shareCluster } from './cluster.ts';
import { startKubelet, type Kubelet } from './kubelet.ts';

const TWO = 'services:\n  mail: {}\n  orders: {}\n';
const THREE = `${TWO}  parcels: {}\n`;

const BY_DEPLOY = `auth: { passwords: deploy }\n${TWO}`;
const SECRETS = ['mail-db-secret', 'orders-db-secret', 'shared-postgresql-secret', 'shared-postgresql-tls'];

const clusterOf = shareCluster();

interface Place extends Kubelet {
  readonly folder: string;
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** The command, in a folder with these values. */
  readonly deploy: (values: string, ...words: readonly string[]) => Promise<Result>;
  readonly tryHelm: (args: readonly string[]) => Promise<Result>;
  /** Another command on the same release. */
  readonly command: (...words: readonly string[]) => Promise<Result>;
  /** The same with --yes, while the pods run that come of it. */
  readonly install: (values: string, ...words: readonly string[]) => Promise<Result>;
}

async function enter(context: TestContext, major: HelmMajor, lab?: ExternalLab): Promise<Place> {
  const cluster = clusterOf(context);
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  await cluster.kubectl('default', ['create', 'namespace', namespace]);
  const reached = { PGHOST: VERIFIED_HOST, PGHOSTADDR: '127.0.0.1' };
  const elsewhere = lab && { port: lab.server.port, environment: reached };
  const kubelet = await startKubelet(cluster, namespace, { major, bin: inject('postgres')[18], elsewhere });
  const here = lab && { PGHOSTADDR: '127.0.0.1', PGPORT: String(lab.server.port) };
  context.onTestFinished(async () => {
    await kubelet.end();
    await cluster.kubectl('default', ['delete', 'namespace', namespace, '--wait=false']);
  });
  const folder = temporaryFolder();
  const command: Place['command'] = (name = '', ...words) =>
    runProgram([name, '--namespace', namespace, ...words], { cwd: folder, env: { ...kubelet.environment, ...here } });
  const deploy: Place['deploy'] = (values, ...words) => {
    writeFiles(folder, { 'values.yaml': values });
    return command('deploy', ...words);
  };
  return {
    ...kubelet,
    folder,
    kubectl: (...args) => cluster.kubectl(namespace, args),
    tryHelm: ([name = '', release = '', ...rest]) =>
      cluster.helm(major, namespace, [name, release, ...rest.map((word) => (word === 'chart' ? join(folder, 'chart') : word))]),
    command,
    deploy,
    install: async (values, ...words) => (await Promise.all([deploy(values, '--yes', ...words), kubelet.runPods()]))[0],
  };
}

/** The passwords of the Secrets, and the key of the certificate, by name. */
async function secretsIn(kubectl: Place['kubectl']): Promise<Readonly<Record<string, string>>> {
  const form = '{range .items[*]}{.metadata.name} {.data.password}{.data.tls\\.key}{"\\n"}{end}';
  const said = await kubectl(
    'get',
    'secrets',
    '--selector',
    'app.kubernetes.io/part-of=shared-postgresql',
    '--output',
    `jsonpath=${form}`,
  );
  const pairs = said
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return Object.fromEntries(pairs.map(([name = '', text = '']) => [name, Buffer.from(text, 'base64').toString()]));
}

/** What the newest revision of the release holds. */
async function heldByHelm(kubectl: Place['kubectl']): Promise<string> {
  const said = await kubectl(
    'get',
    'secrets',
    '--selector',
    'owner=helm,status=deployed',
    '--output',
    'jsonpath={.items[0].data.release}',
  );
  return gunzipSync(Buffer.from(Buffer.from(said, 'base64').toString(), 'base64')).toString();
}

describe.each(HELM_MAJORS)('Helm %i', { timeout: 600_000 }, (major) => {
  test('installs, adds a service, and finds nothing to do then; --dry-run changes nothing', async (context) => {
    const { folder, kubectl, command, deploy, install } = await enter(context, major);
    const before = await deploy(TWO, '--dry-run');
    expect(before.stdout).toMatch(/^Kubernetes: release shared-postgresql in namespace test-\w+, revision 1\n/);
    expect(before.stdout).toContain('  + Secret mail-db-secret\n');
    expect(before.code).toBe(ENDINGS.pending.code);
    expect(readdirSync(folder)).toEqual(['values.yaml']);
    expect(await kubectl('get', 'secrets', '--output', 'name')).toBe('');

    const first = await install(TWO);
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/^mail: \S/m);
    expect(first.stdout).toMatch(/each opens its own and no other, and nothing differs from values\.yaml$/m);
    expect(first.stdout).toMatch(/^\| pod shared-postgresql-0 +\| ready /m);
    expect(existsSync(join(folder, 'chart/Chart.yaml'))).toBe(true);

    const planned = await deploy(THREE, '--dry-run', '--json');
    expect(JSON.parse(planned.stdout)).toMatchObject({
      revision: 2,
      installed: false,
      objects: [
        { kind: 'ConfigMap', name: 'shared-postgresql-desired', change: 'changed', fields: ['data["desired.json"]'] },
        { kind: 'Secret', name: 'parcels-db-secret', change: 'added', fields: [], restarts: false },
      ],
    });
    expect(planned.stdout).toContain('CREATE DATABASE parcelsdb');
    const passwords = await kubectl('get', 'secret', 'mail-db-secret', '--output', 'jsonpath={.data.password}');

    const second = await install(THREE, '--json');
    expect(fieldsOf(second.stdout).sort()).toEqual(documentedFields('deploy').sort());
    expect(JSON.parse(second.stdout)).toMatchObject({ exitCode: 0, installed: true, unfinished: [], proof: { isolated: true } });
    expect(second.stderr).toMatch(/^ {2}\+ Secret parcels-db-secret$/m);
    expect(await kubectl('get', 'secret', 'mail-db-secret', '--output', 'jsonpath={.data.password}')).toBe(passwords);

    const done = await deploy(THREE, '--dry-run', '--json');
    expect(JSON.parse(done.stdout)).toMatchObject({ exitCode: ENDINGS.fine.code, objects: [] });

    // This machine is in the place of the pod, and knows no name of the cluster.
    const { stdout } = await command('doctor');
    for (const check of ['permission', 'release', 'pod', 'policy', 'secrets', 'logins', 'budget', 'clock', 'runs'])
      expect(stdout).toMatch(new RegExp(`^\\| ${check} +\\| well `, 'm'));
    expect(stdout).toMatch(/^dns: shared-postgresql-service\.test-\w+\.svc has no address in the pod; /m);
    expect(stdout).toMatch(/^endpoints: Service shared-postgresql-service leads to no pod that is ready; /m);
  });

  test('keeps the Secrets itself: taken over from Helm with their passwords, one more, one less, and back', async (context) => {
    const { kubectl, command, deploy, install, tryHelm } = await enter(context, major);
    await install(TWO);
    const installed = await secretsIn(kubectl);
    const byHelm = await tryHelm(['upgrade', 'shared-postgresql', 'chart', '--set', 'auth.passwords=deploy']);
    expect(byHelm.output).toMatch(
      /auth\.passwords is deploy, and Helm would delete Secret .*: upgrade with the command deploy, which keeps it/,
    );

    const planned = await deploy(BY_DEPLOY, '--dry-run', '--json');
    expect(JSON.parse(planned.stdout)).toMatchObject({
      upToDate: false,
      objects: SECRETS.map((name) => ({ name, change: 'changed' })),
    });
    expect(await secretsIn(kubectl)).toEqual(installed);
    const taken = await install(BY_DEPLOY);
    expect(taken.stderr).toBe('');
    expect(await secretsIn(kubectl)).toEqual(installed);
    const held = await heldByHelm(kubectl);
    expect(held).not.toMatch(/kind: Secret|README\.md/);
    expect(JSON.parse(held)).not.toHaveProperty('chart.schema', expect.any(String));

    const again = await deploy(BY_DEPLOY);
    expect(again.stdout).toMatch(/\n {2}no object changes\n[^]*\nnothing to do\n$/);
    expect(again.code).toBe(ENDINGS.fine.code);

    const more = await install(`${BY_DEPLOY}  parcels: {}\n`);
    expect(more.stdout).toContain('  + Secret parcels-db-secret\n');
    const { 'parcels-db-secret': parcels, ...others } = await secretsIn(kubectl);
    expect(parcels).toMatch(/^\w{24}$/);
    expect(others).toEqual(installed);
    expect((await command('doctor')).stdout).toMatch(/^\| secrets +\| well /m);
    const less = await install(BY_DEPLOY);
    expect(less.stdout).toContain('  - Secret parcels-db-secret\n');
    expect(await secretsIn(kubectl)).toEqual(installed);

    const back = await install(TWO);
    expect(back.stderr).toBe('');
    expect(await secretsIn(kubectl)).toEqual(installed);
    expect(await heldByHelm(kubectl)).toMatch(/kind: Secret/);
    await install('services:\n  mail: {}\n');
    expect(Object.keys(await secretsIn(kubectl))).toEqual(SECRETS.filter((name) => name !== 'orders-db-secret'));
  });

  test('provisions and proves a server of somebody else’s, with Secrets that it keeps itself', async (context) => {
    const lab = await startExternalLab(inject('postgres')[18], { values: TWO }, VERIFIED);
    context.onTestFinished(() => lab.server.end());
    const { kubectl, command, deploy, install } = await enter(context, major, lab);
    const values = `${VERIFIED.replace('auth: {', 'auth: { passwords: deploy,')}${TWO}`;
    const early = await deploy(values, '--dry-run');
    expect(early.stdout).toContain('not asked: kubectl: Error from server (NotFound): secrets "provider-admin" not found');
    for (const secret of ['provider-admin', 'provider-authorities']) {
      const literals = Object.entries(dataOf(pick(lab.manifests(), 'Secret', secret))).map(
        ([key, text]) => `--from-literal=${key}=${text}`,
      );
      await kubectl('create', 'secret', 'generic', secret, ...literals);
    }
    // Before there is a release, what is there already is told.
    await lab.provider('CREATE DATABASE maildb');
    const planned = await deploy(values, '--dry-run');
    expect(planned.stdout).toContain('database maildb exists, and provisioning did not make it');
    await lab.provider('DROP DATABASE maildb');

    const first = await install(values);
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/each opens its own and no other, and nothing differs from values\.yaml$/m);
    expect(first.stdout).toContain('\nadmin platform_admin: CREATEDB, CREATEROLE\n');
    expect(first.code).toBe(ENDINGS.fine.code);
    expect(Object.keys(await secretsIn(kubectl))).toEqual(['mail-db-secret', 'orders-db-secret']);
    expect((await deploy(values)).stdout).toMatch(/\nnothing to do\n$/);

    const more = await install(`${values}  parcels: {}\n`, '--json');
    expect(JSON.parse(more.stdout)).toMatchObject({ exitCode: 0, installed: true, unfinished: [], proof: { isolated: true } });
    expect((await command('doctor')).stdout).toMatch(/^\| logins +\| well /m);
  });

  test('says of a server of somebody else’s that is not reached what nobody looked at, and what to do', async (context) => {
    const lab = await startExternalLab(inject('postgres')[18], { values: TWO });
    await lab.server.end();
    const { kubectl, deploy } = await enter(context, major, lab);
    await kubectl('create', 'secret', 'generic', 'provider-admin', '--from-literal=password=other');
    const { stdout, code } = await deploy(`${EXTERNAL}${TWO}`, '--dry-run');
    expect(stdout).toMatch(
      / {2}not asked: the server: connect ECONNREFUSED .*; server: db\.example\.org is not reached from here: run this where it is, /,
    );
    expect(code).toBe(ENDINGS.pending.code);
  });

  test('asks nobody where nobody sees it, and shows no value of a Secret', async (context) => {
    const { folder, kubectl, deploy } = await enter(context, major);
    const { stderr, stdout, code } = await deploy(TWO);
    expect(stdout).toContain('  + Secret mail-db-secret\n');
    expect(stderr).toBe(
      'deploy: nobody confirmed it; the cluster is as it was\n  Write --yes if what is told above is meant.\n\n1 problem; nothing was written.\n',
    );
    expect(code).toBe(ENDINGS.refused.code);
    expect(readdirSync(folder)).toEqual(['values.yaml']);
    expect(await kubectl('get', 'secrets', '--output', 'name')).toBe('');
  });

  test('says who is not well, and that the rest is installed', async (context) => {
    const { folder, kubectl, install, deploy, runPods } = await enter(context, major);
    await install(TWO);
    writeFiles(folder, { 'schema/databases/orders/001_bad.sql': 'SELECT no_such_column;\n' });
    const values = `provisioning: { backoffLimit: 1 }\n${TWO}`;
    const [failed] = await Promise.all([deploy(values, '--yes'), runPods().then(runPods)]);
    expect(failed.stdout).toMatch(/^orders: .*no_such_column/m);
    expect(failed.stderr).toContain('not well: orders; the lines above that begin with the name say why\n');
    expect(failed.code).toBe(ENDINGS.amiss.code);
    expect(await kubectl('get', 'jobs', '--output', 'name')).not.toBe('');
  });

  test('what Helm refuses, or cannot finish, is said with what is left as it was', async (context) => {
    const { deploy, kubectl, folder } = await enter(context, major);
    await kubectl('create', 'secret', 'generic', 'mail-db-secret');
    const refused = await deploy(TWO, '--yes');
    expect(refused.stderr).toMatch(/^helm: it does not take the chart: .*mail-db-secret.*\n {2}The cluster is as it was\. /);
    expect(refused.code).toBe(ENDINGS.refused.code);
    expect(readdirSync(folder)).toEqual(['values.yaml']);
    const elsewhere = await deploy(TWO, '--context', 'none');
    expect(elsewhere.stderr).toMatch(/^Helm: .*context "none" does not exist\n {2}Nothing was changed\. /i);
    expect(elsewhere.code).toBe(ENDINGS.unreached.code);
  });
});
