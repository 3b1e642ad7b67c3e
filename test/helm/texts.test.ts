import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fieldsOf, isRecord, type Field } from '../../generator/generate/fields.ts';
import { fits, schemaAt } from '../tools/contract-fields.ts';
import { deploy } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { HELM_MAJORS, template, tryTemplate, type HelmMajor } from '../tools/helm.ts';
import { violations } from '../tools/kubernetes.ts';
import { at, dataOf, parseManifests, pick, type Manifest, withoutCertificateFacts } from '../tools/manifests.ts';

/*
 * A text of the values comes out of Helm as it went in, or the contract refuses it. For every field of the contract that takes a text: the
 * chart is rendered with a plain word of its own in each, then with a text that YAML would misread in all of them at once. The manifests
 * must be those of the plain words, with the text in their place, and nothing else may have changed.
 */
const NASTY = [
  ...[
    'y',
    'null',
    '~',
    '<<',
    '=',
    '123',
    '010',
    '0o7',
    '0x1f',
    '1e3',
    '1_000',
    '12:30:45',
    '.inf',
    '2024-01-01',
    'true',
    '',
    ' ',
    '!x',
  ],
  ...[
    'a: b #c',
    '18 #x',
    "it's",
    '"',
    '\\',
    '{{ fail "x" }}',
    '<a href="b">&',
    'a\n  hostNetwork: true',
    '- x\n- y\n\n\n',
    '\ttab',
    'trailing  ',
  ],
  ...[
    'a\rb',
    'a\u0001b',
    '\u2028',
    '\u{1F600}',
    '# x',
    '&a',
    '*a',
    '%a',
    '@a',
    '`a`',
    'a: b #c\n- x\t"\'{{ 1 }}',
    'x'.repeat(1500),
  ],
];

interface Slot {
  readonly path: readonly string[];
  /** The value of the field, for a text in it. */
  readonly wrap: (text: string) => unknown;
}

const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));

/** Fields whose shape is Kubernetes' own, each with a place for a text. */
const OF_KUBERNETES: Readonly<Record<string, (text: string) => unknown>> = {
  podSecurityContext: (text) => ({ seLinuxOptions: { user: text } }),
  containerSecurityContext: (text) => ({ seLinuxOptions: { user: text } }),
  tolerations: (text) => [{ key: 'a', operator: 'Equal', value: text }],
  affinity: (text) => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: text }] } }),
  topologySpreadConstraints: (text) => [{ maxSkew: 1, topologyKey: text, whenUnsatisfiable: 'ScheduleAnyway' }],
  extraEnv: (text) => [{ name: 'A', value: text }],
  extraVolumes: (text) => [{ name: 'a', nfs: { server: text, path: '/' } }],
  extraVolumeMounts: (text) => [{ name: 'a', mountPath: '/a', subPathExpr: text }],
  extraInitContainers: (text) => [{ name: 'a', image: 'busybox', args: [text] }],
  'networkPolicy.from': (text) => [{ podSelector: { matchLabels: { a: text } } }],
  'networkPolicy.dns': (text) => [{ podSelector: { matchLabels: { a: text } } }],
};

/** A name of something that is there already takes the place of what the chart would make: it has a rendering of its own. */
const isOfOthers = ({ path }: Slot): boolean => path.some((step) => /^existing/.test(step));

/** Every knob that takes a text. What becomes of settings, between the quotes of postgresql.conf, is another test's matter. */
function slotsOf(schema: unknown, path: readonly string[] = []): Slot[] {
  if (!isRecord(schema) || path.join('.') === 'global' || path.join('.') === 'postgresql.settings') return [];
  // What other engines are told stands in no manifest of the pod's.
  if (path.join('.') === 'engine') return [];
  // The reference chart has no roles, and no logins of the platform.
  if (['roles', 'platformLogins'].includes(path.at(-1) ?? '')) return [];
  const { properties, additionalProperties: entry, items, type } = schema;
  const wrap = OF_KUBERNETES[path.join('.')];
  if (wrap) return [{ path, wrap }];
  if (isRecord(properties)) return Object.entries(properties).flatMap(([name, field]) => slotsOf(field, [...path, name]));
  if (isRecord(entry) && isRecord(entry['properties'])) return slotsOf(entry, [...path, 'user-service']);
  if (schema['x-kind'] !== 'knob' || 'enum' in schema) return [];
  if (type === 'string') return [{ path, wrap: (text) => text }];
  if (isRecord(items)) return takesText(items) ? [{ path, wrap: (text) => [text] }] : [];
  return isRecord(entry) && takesText(entry) ? [{ path, wrap: (text) => ({ 'example.org/key': text }) }] : [];
}

const takesText = ({ type, enum: allowed }: Readonly<Record<string, unknown>>): boolean =>
  allowed === undefined && [type].flat().includes('string');

const accepts = ({ path, wrap }: Slot, text: string): boolean => fits(schemaAt(path), wrap(text));

/** What is structure, and has objects of its own with knobs. */
const BACKUP = { schedule: '@daily', pointInTime: { enabled: true } };

/** A chart that has all of them, for the services of the reference. */
let chart = '';
beforeAll(async () => {
  const values = `${readFileSync(join(PROJECT, 'values.yaml'), 'utf8')}\nbackup: ${JSON.stringify(BACKUP)}\n`;
  ({ chart } = await deploy({ values }));
});

/** The values with a text in each of these fields. */
function valuesWith(texts: readonly (readonly [Slot, string])[]): unknown {
  // What is off unless somebody wants it has texts as well.
  const root: Record<string, unknown> = {
    backup: { ...BACKUP, copy: { to: 'remote:folder' }, rehearsal: { upgradeTo: { version: '18' } } },
    tls: { mode: 'certManager' },
    postgresql: { version: '17', upgradeFrom: { version: '15' }, returnFrom: { version: '18' } },
  };
  for (const [{ path, wrap }, text] of texts) {
    const into = path.slice(0, -1).reduce<Record<string, unknown>>((map, step) => {
      const below = isRecord(map[step]) ? { ...map[step] } : {};
      map[step] = below;
      return below;
    }, root);
    into[path.at(-1) ?? ''] = wrap(text);
  }
  return root;
}

/** A file of these values in ASCII, because Helm reads JSON as YAML. */
function valuesFile(values: unknown): string {
  const file = join(temporaryFolder(), 'values.json');
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  writeFileSync(file, JSON.stringify(values).replace(/[\u007f-\ud7ff\ue000-\uffff]/g, escape));
  return file;
}

async function render(major: HelmMajor, texts: readonly (readonly [Slot, string])[]): Promise<Manifest[]> {
  const file = valuesFile(valuesWith(texts));
  return parseManifests(await template(major, { chart, args: ['--values', file] }));
}

/** Manifests as data, by what does not change with their names, without what is random or a digest. */
function comparable(manifests: readonly Manifest[], put: (text: string) => string = (text) => text): string[] {
  const texts = manifests.map(withoutCertificateFacts).map(({ data, ...rest }) => {
    const digest = /-[0-9a-f]{10}$|^[0-9a-f]{64}$/;
    const known = rest.kind === 'ConfigMap' ? {} : Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, '']));
    const walk = (value: unknown): unknown => {
      if (typeof value === 'string') return put(value.replace(digest, ''));
      if (Array.isArray(value)) return value.map(walk);
      return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each)])) : value;
    };
    return JSON.stringify(walk({ ...rest, data: known }));
  });
  return texts.sort();
}

/** The name of a login's Secret, or of an authority's, is nobody else's, and a namespace that is the deployment's makes one Secret of two: the same text cannot stand in two of these. */
const isOfTwo = ({ path }: Slot): boolean =>
  path.at(-1) === 'clientAuthority' || (path[0] === 'services' && ['existingSecret', 'namespace'].includes(path.at(-1) ?? ''));

const slots = slotsOf(contract);
const plain = (slot: Slot): string => `plain-${slots.indexOf(slot)}-x`;

describe.each(HELM_MAJORS)('Helm %i', (major) => {
  describe.each([
    ['what the chart makes', slots.filter((slot) => !isOfOthers(slot))],
    ['what is there already', slots.filter(isOfOthers)],
  ])('%s', (_, all) => {
    const usable = all.filter((slot) => accepts(slot, plain(slot)));
    let standard: Manifest[] = [];
    beforeAll(async () => {
      standard = await render(
        major,
        usable.map((slot) => [slot, plain(slot)]),
      );
    });

    test('is rendered with every word that it is given', () => {
      expect(usable.length).toBeGreaterThan(2);
      expect(passing.length).toBeGreaterThan(8);
      const text = JSON.stringify(standard);
      expect(usable.filter((slot) => !text.includes(plain(slot))).map(({ path }) => path.join('.'))).toEqual([]);
      expect(standard.flatMap(violations)).toEqual([]);
    });

    // An empty text is a default for most.
    const takersOf = (text: string): readonly Slot[] =>
      usable.filter((slot) => text !== '' && accepts(slot, text) && !isOfTwo(slot));
    const passing = NASTY.filter((text) => takersOf(text).length > 0);

    test.each(passing)('carries %j unchanged wherever the contract lets it pass', { tags: 'third' }, async (text) => {
      const taking = takersOf(text);
      const put = (word: string): string => taking.reduce((changed, slot) => changed.replaceAll(plain(slot), () => text), word);
      const manifests = await render(
        major,
        usable.map((slot) => [slot, taking.includes(slot) ? text : plain(slot)]),
      );
      expect(comparable(manifests)).toEqual(comparable(standard, put));
    });
  });

  test.each([
    ["it's", "'it''s'"],
    ['a\\b', String.raw`'a\\b'`],
    ['a\nb', String.raw`'a\nb'`],
    ['# {{ .Values }} "x" \u{1F600}', `'# {{ .Values }} "x" \u{1F600}'`],
    ['', "''"],
    [1000001, "'1000001'"],
    [1e21, "'1e+21'"],
    [0.5, "'0.5'"],
    [false, "'false'"],
  ])('the setting %j stands in postgresql.conf as %s', async (value, line) => {
    const file = valuesFile({ postgresql: { settings: { 'my.setting': value } } });
    const config = pick(parseManifests(await template(major, { args: ['--values', file] })), 'ConfigMap', /-config$/);
    expect(dataOf(config)['postgresql.conf']).toContain(`\nmy.setting = ${line}\n`);
  });

  test.each(['a\u0085b', 'a\ufeffb'])('%j in any field is refused with its name', async (text) => {
    const file = valuesFile({ extraEnv: [{ name: 'A', value: text }] });
    const { code, stderr } = await tryTemplate(major, { args: ['--values', file] });
    expect(stderr).toMatch(
      /extraEnv has the character "\\[xu][0-9a-f]+", which cannot be carried to Kubernetes unchanged: leave it out\./,
    );
    expect(code).not.toBe(0);
  });

  test('a release and services are called by numbers, and by what YAML takes for a truth value', async () => {
    const names = ['123', 'y', 'null', '1e3', '0x1f', 'on'];
    const services = names.map(
      (name) => `  '${name}': { database: 'd${name}', existingSecret: '${name}', labels: { a: '${name}' } }\n`,
    );
    const { chart: numbered } = await deploy({ values: `services:\n${services.join('')}`, helm: major });
    const manifests = parseManifests(
      await template(major, { chart: numbered, release: '456', args: ['--namespace', '789', '--set', 'fullnameOverride=a'] }),
    );
    expect(manifests.flatMap(violations)).toEqual([]);
    const passwords = JSON.stringify(at(pick(manifests, 'Job'), 'spec', 'template', 'spec', 'volumes'));
    for (const name of names)
      expect(passwords).toContain(`{"items":[{"key":"password","path":"${name}/password"}],"name":"${name}","optional":true}`);
    expect(at(pick(manifests, 'StatefulSet'), 'spec', 'selector', 'matchLabels', 'app.kubernetes.io/instance')).toBe('456');
  });

  test('no number is written with an exponent', async () => {
    const ofThePod = fieldsOf(contract ?? {}).filter(({ path }) => path !== 'engine');
    const numbers = ofThePod.flatMap(numbersOf);
    expect(numbers.length).toBeGreaterThan(15);
    const large = (path: string): number => (path === 'service.port' ? 60_000 : 1_000_000);
    const values = numbers.reduce((all, path) => put(all, path.split('.'), large(path)), {});
    const file = valuesFile(values);
    const text = await template(major, { args: ['--values', file] });
    expect(text).not.toMatch(/\de\+\d/);
    for (const name of ['terminationGracePeriodSeconds', 'failureThreshold', 'backoffLimit', 'activeDeadlineSeconds'])
      expect(text).toMatch(new RegExp(`${name}: 1000000\\n`));
  });
});

/** Kubernetes allows no other number than 1. */
const isFixed = ({ path }: Field): boolean => path.endsWith('.successThreshold');

/** The knobs that are whole numbers. */
const numbersOf = (field: Field): string[] => {
  if (field.fields.length > 0) return field.fields.flatMap(numbersOf);
  return field.type === 'integer' && field.kind === 'knob' && !isFixed(field) ? [field.path] : [];
};

function put(map: Record<string, unknown>, [step = '', ...below]: readonly string[], value: unknown): Record<string, unknown> {
  const inside = map[step];
  return { ...map, [step]: below.length === 0 ? value : put(isRecord(inside) ? inside : {}, below, value) };
}
