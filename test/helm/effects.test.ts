import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fieldsOf, isRecord, leavesOf, type Field } from '../../generator/generate/fields.ts';
import { deploy } from '../tools/deployment.ts';
import { PROJECT } from '../tools/folders.ts';
import { at, pick, type Manifest } from '../tools/manifests.ts';

/*
 * What the contract says of a field's effect is what Kubernetes does: it restarts the server when the template of its pod is
 * another. Each field is given another value, and the real Helm renders what is generated of it.
 */
const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
const everything: unknown = parse(readFileSync(join(import.meta.dirname, 'values/everything.yaml'), 'utf8'));
const fields = fieldsOf(contract ?? {}).flatMap(leavesOf);

/** Other values, where neither everything.yaml nor the type says one. */
const OTHERS: Readonly<Record<string, unknown>> = {
  'image.tag': '18.1-trixie',
  'image.digest': `sha256:${'0'.repeat(64)}`,
  'postgresql.settings': { work_mem: '8MB' },
  'persistence.existingClaim': 'mine',
  'networkPolicy.enabled': false,
  // Who makes the certificate does not show in the pod.
  'tls.mode': 'off',
  'auth.passwords': 'externalSecret',
  'auth.rotationGrace': '2h',
  'serviceAccount.create': false,
  'postgresql.allowedExtensions': ['moddatetime'],
  'resources.requests': { cpu: '300m' },
  'provisioning.resources.requests': { cpu: '200m' },
  'provisioning.resources.limits': { cpu: '2' },
  'postgresql.maxConnections': 150,
  extraVolumeMounts: [{ name: 'tmp', mountPath: '/extra' }],
};

/** Fields of which there is one value alone, and one that is Helm's. */
const WITHOUT_ANOTHER = ['global', 'probes.startup.successThreshold', 'probes.liveness.successThreshold'];

/** Of a service: the entry that has another value there. */
const OF_A_SERVICE: Readonly<Record<string, unknown>> = {
  adopt: 'confirm-userdb-16400',
  drop: '',
  encoding: 'LATIN1',
  extensions: ['citext'],
  searchPath: ['app'],
  'timeouts.statement': '1min',
  'timeouts.lock': '1min',
  'timeouts.idleInTransaction': '1min',
  tempFileLimit: '2GB',
  workMem: '8MB',
  'locale.name': 'C',
  'locale.provider': 'libc',
  labels: { team: 'users' },
  annotations: { team: 'users' },
  schema: '',
};

/** Of a login of the platform: the entry in which the field has another value. */
const READER = { access: 'readonly', services: ['user-service'] };
const OF_A_LOGIN: Readonly<Record<string, unknown>> = { access: READER, services: READER };

const otherValue = ({ path, type, default: usual }: Field): unknown => {
  if (path in OTHERS) return OTHERS[path];
  const given = path.split('.').reduce<unknown>((node, step) => (isRecord(node) ? node[step] : undefined), everything);
  if (given !== undefined && JSON.stringify(given) !== JSON.stringify(usual)) return given;
  if (typeof usual === 'number') return usual + 1;
  if (typeof usual === 'boolean') return !usual;
  return type.split(' | ').find((option) => option !== usual && option !== 'string') ?? 'other';
};

/** What there is only with a schedule. */
const SCHEDULED: Readonly<Record<string, object>> = {
  'backup.pointInTime.enabled': { pointInTime: { enabled: true } },
  'backup.copy.to': { copy: { to: 'elsewhere:' } },
  'backup.rehearsal.upgradeTo.tag': { rehearsal: { upgradeTo: { version: '18', tag: 'other' } } },
  'backup.mask.existingConfigMap': { mask: { existingConfigMap: 'masks' } },
};

/** What says something of two majors. */
const OF_MAJORS: Readonly<Record<string, object>> = {
  'postgresql.upgradeFrom.tag': { upgradeFrom: { version: '15', tag: 'other' } },
  'postgresql.returnFrom.version': { version: '17', returnFrom: { version: '18' } },
  'postgresql.returnFrom.tag': { version: '17', returnFrom: { version: '18', tag: 'other' } },
  'postgresql.returnFrom.discard': { version: '17', returnFrom: { version: '18', discard: 'confirm-1' } },
};

/** Values of a deployment with one service, of which one field is another. */
const valuesWith = (field: Field): unknown => {
  const [, ofRole] = field.path.split('services.<name>.roles.<name>.');
  const [, ofService] = field.path.split('services.<name>.');
  const [, ofLogin] = field.path.split('platformLogins.<name>.');
  const [, ofExtension] = field.path.split('services.<name>.placedExtensions.<name>.');
  if (ofExtension !== undefined) return services({ placedExtensions: { citext: nested(ofExtension, 'other') } });
  if (ofRole !== undefined) return services({ roles: { reporting: nested(ofRole, otherValue({ ...field, path: ofRole })) } });
  if (field.path in OF_MAJORS) return { ...services({}), postgresql: OF_MAJORS[field.path] };
  if (field.path in SCHEDULED) return { ...services({}), backup: { schedule: '@daily', ...SCHEDULED[field.path] } };
  if (ofLogin !== undefined)
    return {
      ...services({}),
      platformLogins: { bi: OF_A_LOGIN[ofLogin] ?? nested(ofLogin, otherValue({ ...field, path: ofLogin })) },
    };
  if (ofService === undefined) return { ...services({}), ...nested(field.path, otherValue(field)) };
  const entry = nested(ofService, OF_A_SERVICE[ofService] ?? otherValue({ ...field, path: ofService }));
  // Any other encoding than UTF8 goes with no other locale.
  return services(ofService === 'encoding' ? { ...entry, locale: { name: 'C' } } : entry);
};

const services = (entry: unknown): object => ({ services: { 'user-service': entry } });

const nested = (path: string, value: unknown): Record<string, unknown> => {
  const [first = '', ...rest] = path.split('.');
  return { [first]: rest.length === 0 ? value : nested(rest.join('.'), value) };
};

/** The template of the server's pod, and what kind of object makes it. */
const serverOf = (manifests: readonly Manifest[]): unknown => {
  const workload = pick(manifests, manifests.some(({ kind }) => kind === 'StatefulSet') ? 'StatefulSet' : 'Deployment');
  return [workload.kind, workload.metadata.name, workload.metadata.namespace, at(workload, 'spec', 'template')];
};

describe('what the contract says of a field', () => {
  let usual: unknown;
  const render = async (values: unknown): Promise<unknown> =>
    // Whether Helm refuses them by the contract is asked elsewhere (texts, nulls, kubernetes), and takes as long as the rendering.
    serverOf((await deploy({ values: JSON.stringify(values), args: ['--skip-schema-validation'] })).manifests);
  beforeAll(async () => {
    usual = await render(services({}));
  });

  test('is said of every field', () => {
    expect(fields.length).toBeGreaterThan(80);
    for (const { effect, path } of fields) expect(['restart', 'none'], path).toContain(effect);
  });

  // With another engine there is no pod to look at.
  const ofThePod = fields.filter(({ path }) => !WITHOUT_ANOTHER.includes(path) && !path.startsWith('engine.'));

  test.each(ofThePod)('$path: $effect', { tags: 'quarter' }, async (field) => {
    const isRestarted = JSON.stringify(await render(valuesWith(field))) !== JSON.stringify(usual);
    expect(isRestarted ? 'restart' : 'none').toBe(field.effect);
  });
});
