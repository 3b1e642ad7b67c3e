import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from '../../generator/generate/generate.ts';
import { fieldsOf, type Field } from '../../generator/generate/fields.ts';
import { readInput } from '../../generator/generate/read.ts';
import { complete } from '../../generator/generate/validate/defaults.ts';
import { writeFiles } from '../tools/deployment.ts';
import { CHART, PROJECT, temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template, type HelmMajor } from '../tools/helm.ts';
import { at, parseManifests, pick, type Manifest, withoutCertificateFacts } from '../tools/manifests.ts';
import { project } from '../tools/project.ts';

/*
 * null means the default, for the generator and for both Helms, whichever way it comes; so does a field that is not there at all, as after
 * `helm upgrade --reuse-values` over a release of an older chart. null for an entry of a map takes the entry out. All of it follows from the
 * contract: a new field is in these tests by being in it.
 */
const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));
const fields = fieldsOf(contract ?? {}).filter(({ path }) => path !== 'global' && path !== 'services');

/** A map with null for each field: of the first level, or of the last. */
const nullsAtTop = Object.fromEntries(fields.map(({ path }) => [path, null]));
const nullsBelow = (of: readonly Field[]): Record<string, unknown> =>
  Object.fromEntries(
    of.map((field): [string, unknown] => {
      const hasFields = field.fields.some(({ path }) => !path.startsWith(`${field.path}.<name>`));
      return [field.path.slice(field.path.lastIndexOf('.') + 1), hasFields ? nullsBelow(field.fields) : null];
    }),
  );
/** A service, and a role of one, of which every field is null. */
const servicesFields = fieldsOf(contract ?? {}).find(({ path }) => path === 'services')?.fields ?? [];
const nullsOfService = nullsBelow(servicesFields);
const nullsOfRole = nullsBelow(servicesFields.find(({ path }) => path.endsWith('.roles'))?.fields ?? []);

const valuesFile = (values: unknown): string => {
  const file = join(temporaryFolder(), 'values.json');
  writeFileSync(file, JSON.stringify(values));
  return file;
};

/** The manifests without what is random in them. */
const comparable = (text: string): unknown[] =>
  parseManifests(text).map((manifest) =>
    manifest.kind === 'Secret' ? { ...withoutCertificateFacts(manifest), data: null } : manifest,
  );

const parent = (values: unknown): string => {
  const folder = temporaryFolder();
  const dependencies = [{ name: 'shared-postgresql', version: '0.1.0', repository: '' }];
  writeFiles(folder, {
    'Chart.yaml': JSON.stringify({ apiVersion: 'v2', name: 'parent', version: '0.1.0', dependencies }),
    'values.yaml': JSON.stringify(values),
  });
  mkdirSync(join(folder, 'charts'));
  cpSync(CHART, join(folder, 'charts/shared-postgresql'), { recursive: true });
  return folder;
};

/** The chart as it is when its values are those of an older one, which has none of today's fields: the services alone. */
const withOldValues = (): string => {
  const chart = join(temporaryFolder(), 'chart');
  cpSync(CHART, chart, { recursive: true });
  const text = readFileSync(join(chart, 'values.yaml'), 'utf8');
  writeFileSync(join(chart, 'values.yaml'), text.slice(text.indexOf('\nservices:')));
  return chart;
};

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  const standard = async (): Promise<unknown[]> => comparable(await template(major));

  test.each([
    ['every field of the first level', nullsAtTop],
    ['every field of the last level', nullsBelow(fields)],
  ])('null for %s is as if nothing was said', async (_, values) => {
    expect(comparable(await template(major, { args: ['--values', valuesFile(values)] }))).toEqual(await standard());
  });

  test('null for every field of a service is as if they were left out', async () => {
    const values = { services: { 'user-service': { ...nullsOfService, database: 'userdb' } } };
    const leftOut: unknown = JSON.parse(JSON.stringify(values, (_, value: unknown) => (value === null ? undefined : value)));
    const [nulls, none] = [valuesFile(values), valuesFile(leftOut)].map((file) => template(major, { args: ['--values', file] }));
    expect(comparable((await nulls) ?? '')).toEqual(comparable((await none) ?? ''));
  });

  test('null from the command line is as well', async () => {
    const leaves = (of: readonly Field[]): Field[] =>
      of.flatMap((field) => (field.fields.length > 0 ? leaves(field.fields) : [field]));
    const args = leaves(fields).flatMap(({ path }) => (path.includes('<name>') ? [] : ['--set', `${path}=null`]));
    expect(comparable(await template(major, { args }))).toEqual(await standard());
  });

  test('values of an older chart, which have none of the fields, are as the defaults', async () => {
    expect(comparable(await template(major, { chart: withOldValues() }))).toEqual(await standard());
    const args = ['--set', 'image.tag=x,resources.limits.cpu=2'];
    const partly = parseManifests(await template(major, { chart: withOldValues(), args }));
    expect(serverOf(partly)).toMatchObject({ image: 'docker.io/library/postgres:x', imagePullPolicy: 'IfNotPresent' });
  });

  test.each([
    ['nothing', {}],
    ['null for every field of the first level', nullsAtTop],
    ['null for every field of the last level', nullsBelow(fields)],
  ])('a parent chart that says %s gets the defaults', async (_, values) => {
    const withNulls = await template(major, { chart: parent({ 'shared-postgresql': values }) });
    // What the chart made of a value shows in the Job's name as well.
    expect(comparable(withNulls)).toEqual(comparable(await template(major, { chart: parent({}) })));
    expect(pick(parseManifests(withNulls), 'Service', 'shared-postgresql-service')).toBeDefined();
  });

  test('null for an entry of a map takes it out', async () => {
    const values = {
      commonLabels: { team: null, other: 'x' },
      postgresql: { settings: { work_mem: null } },
      resources: { limits: { memory: null, 'example.org/gpu': null, cpu: 2 } },
      podSecurityContext: { fsGroup: null, seLinuxOptions: null, seccompProfile: { type: 'Localhost', localhostProfile: null } },
      affinity: { podAffinity: null, podAntiAffinity: null },
      tolerations: [{ key: 'a', operator: 'Exists', value: null }],
    };
    for (const chart of [CHART, parent({ 'shared-postgresql': values })]) {
      const args = chart === CHART ? ['--values', valuesFile(values)] : [];
      const manifests = parseManifests(await template(major, { chart, args }));
      expect(at(serverOf(manifests), 'resources', 'limits')).toEqual({ cpu: '2', 'ephemeral-storage': '2Gi' });
      const pod = at(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec');
      expect(at(pod, 'securityContext')).toEqual({
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'Localhost' },
      });
      expect(pod).not.toHaveProperty('affinity');
      expect(at(pod, 'tolerations')).toEqual([{ key: 'a', operator: 'Exists' }]);
      expect(pick(manifests, 'StatefulSet').metadata.labels).not.toHaveProperty('team');
    }
  });

  test.each([
    ['a part of a map', { resources: { limits: { cpu: 2 } }, probes: { startup: { periodSeconds: 7 } } }],
    ['maps within maps', { podSecurityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'a' } } }],
    [
      'lists',
      { networkPolicy: { from: [] }, topologySpreadConstraints: [], containerSecurityContext: { capabilities: { drop: [] } } },
    ],
    [
      'falsehood, nought and empty texts',
      { persistence: { retain: false, storageClass: '' }, provisioning: { backoffLimit: 0 } },
    ],
    ['null', { resources: { requests: null, limits: { memory: null } }, auth: null, postgresql: { settings: { a: null } } }],
  ])('of %s the generator makes what Helm makes', async (_, given) => {
    const merged = complete(contract, { ...given, services: {} });
    expect({ ...(await valuesIn(major, given)), services: {} }).toEqual(merged);
  });
});

/** .Values as the templates see them. */
async function valuesIn(major: HelmMajor, given: unknown): Promise<Record<string, unknown>> {
  const chart = join(temporaryFolder(), 'chart');
  cpSync(CHART, chart, { recursive: true });
  const probe = '{{- include "shared-postgresql.complete" . }}\nvalues: {{ omit .Values "isComplete" | toJson }}\n';
  writeFileSync(join(chart, 'templates/probe.yaml'), probe);
  const args = ['--values', valuesFile(given), '--show-only', 'templates/probe.yaml'];
  const text = await template(major, { chart, args });
  const values: unknown = JSON.parse(/^values: (.*)$/m.exec(text)?.[1] ?? '');
  return Object.fromEntries(Object.entries(values ?? {}));
}

const serverOf = (manifests: readonly Manifest[]): unknown =>
  at(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec', 'containers', 0);

describe('the generator', () => {
  const filesOf = async (values: unknown): Promise<Map<string, string>> => {
    const input = readInput({ values: valuesFile(values), out: join(temporaryFolder(), 'chart') }, project);
    const { files } = await generate(input);
    // Its values.yaml has the services as they were written.
    return new Map(files.filter(({ path }) => path !== 'values.yaml').map(({ path, content }) => [path, content]));
  };

  test.each([
    ['every field of the first level', nullsAtTop],
    ['every field of the last level', nullsBelow(fields)],
    ['every field of a service', { services: { a: nullsOfService } }],
  ])('takes null for %s as if nothing was said', async (_, values) => {
    expect(await filesOf({ services: { a: {} }, ...values })).toEqual(await filesOf({ services: { a: {} } }));
  });

  test('takes null for every field of a role as if nothing was said', async () => {
    const withRole = (role: unknown): unknown => ({ services: { a: { roles: { r: role } } } });
    expect(Object.keys(nullsOfRole).length).toBeGreaterThan(3);
    expect(await filesOf(withRole(nullsOfRole))).toEqual(await filesOf(withRole({})));
  });

  test('takes null for the services as none', async () => {
    expect(await filesOf({ services: null })).toEqual(await filesOf({}));
  });

  test('keeps the other limits when one is given, and has no memory limit only when that is taken out', async () => {
    const budgetOf = async (limits: unknown): Promise<unknown> => {
      const input = readInput({ values: valuesFile({ resources: { limits } }), out: join(temporaryFolder(), 'chart') }, project);
      return (await generate(input)).model.budget.memory?.available;
    };
    expect(await budgetOf({ cpu: 2 })).toBe(1024 * 1024);
    expect(await budgetOf(null)).toBe(1024 * 1024);
    expect(await budgetOf({ memory: null })).toBeUndefined();
  });
});
