import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './folders.ts';
import { at } from './manifests.ts';

export type JsonSchema = Record<string, unknown>;

/** What is added to the schema of a model, or, by `Model.field`, to that of a field: keywords, and for a model fields to leave out or to require. */
export interface Extra extends JsonSchema {
  readonly omit?: readonly string[];
  readonly required?: readonly string[];
}

const contract: unknown = JSON.parse(readFileSync(join(PROJECT, 'schema/values.schema.json'), 'utf8'));

/** The keywords of a field of the contract that say what it takes. The grammar of a label is written there and nowhere else. */
function takenFrom(...path: readonly string[]): JsonSchema {
  const schema = at(contract, ...path);
  const keywords = Object.entries(schema ?? {}).filter(
    ([key]) => !['description', 'x-kind', 'x-effect', 'x-group', 'type', 'default'].includes(key),
  );
  return Object.fromEntries(keywords);
}

const LABELS = takenFrom('properties', 'commonLabels');
const LABEL_KEY = takenFrom('properties', 'commonLabels', 'propertyNames');
const LABEL_VALUE = takenFrom('properties', 'commonLabels', 'additionalProperties');
const AMOUNTS = takenFrom('properties', 'resources', 'properties', 'limits');
const AMOUNT = {
  ...takenFrom('properties', 'resources', 'properties', 'limits', 'additionalProperties'),
  type: ['string', 'integer', 'number'],
};
const NAME = takenFrom('properties', 'priorityClassName');
const DNS_LABEL = {
  pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
  'x-allowed':
    "lower-case letters, digits and hyphens, beginning and ending with a letter or digit; at most 63 characters (RFC 1123, Kubernetes' rule)",
};
const REGISTRY = String(takenFrom('properties', 'image', 'properties', 'registry')['pattern']).replace(/^\^(.*?)\(\/.*$/, '$1');
const REPOSITORY = String(takenFrom('properties', 'image', 'properties', 'repository')['pattern']).slice(1, -1);
const IMAGE = {
  pattern: `^(${REGISTRY}/)?${REPOSITORY}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$`,
  not: {
    anyOf: [
      // Of 255 characters; a host with a port does not count, nor one between brackets.
      { pattern: '^([^/@]*[:\\]][0-9]*/)?[^:@]{256}' },
      // With a dot the first part is the host, which has no underscores.
      { pattern: '^[^/:@]*(\\.[^/:@]*_|_[^/:@]*\\.)[^/:@]*/' },
    ],
  },
  'x-allowed': 'the name of an image, such as docker.io/library/busybox:1.37',
};
const MODE = { minimum: 0, maximum: 511 };
const ID = { minimum: 0, maximum: 2147483647 };
const POSITIVE = { minimum: 1 };
const PORT = { minimum: 1, maximum: 65535 };
const BYTE = '(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})';
const HEX = '[0-9a-fA-F]{1,4}';
const IPV4 = `${BYTE}(\\.${BYTE}){3}/(3[0-2]|[12]?[0-9])`;
const IPV6 = `(${HEX}(:${HEX}){7}|(${HEX}(:${HEX}){0,6})?::(${HEX}(:${HEX}){0,6})?)/(12[0-8]|1[01][0-9]|[1-9]?[0-9])`;
const PULL_POLICY = takenFrom('properties', 'image', 'properties', 'pullPolicy');
const BLOCK = { pattern: `^(${IPV4}|${IPV6})$`, 'x-allowed': 'a block of addresses, such as 10.0.0.0/8 or fd00::/8' };

const oneOf = (...options: readonly string[]): JsonSchema => ({ enum: options });
const listOf = (items: JsonSchema, more: JsonSchema = {}): JsonSchema => ({ items: { type: 'string', ...items }, ...more });
/** A condition names what it requires: ajv's strict mode takes that for a slip otherwise. */
const has = (field: string): JsonSchema => ({ required: [field], properties: { [field]: {} } });
const when = (field: string, options: readonly unknown[], then: JsonSchema, otherwise?: JsonSchema): JsonSchema => ({
  if: { properties: { [field]: { enum: options } }, required: [field] },
  then,
  ...(otherwise ? { else: otherwise } : {}),
});
const withValues = (keywords: JsonSchema): JsonSchema => ({
  required: ['values'],
  properties: {
    values: { type: 'array', minItems: 1, 'x-allowed': 'a list of at least one value for this operator', ...keywords },
  },
});
const without = (field: string, filled: JsonSchema, allowed: string): JsonSchema => ({
  not: { required: [field], properties: { [field]: filled } },
  'x-allowed': allowed,
});
const FILLED = { type: 'string', minLength: 1 };
const WITHOUT_VALUES = without('values', { type: 'array', minItems: 1 }, 'without values for its operator');
const ONE_NUMBER = {
  maxItems: 1,
  items: { type: 'string', pattern: '^-?[0-9]{1,18}$', 'x-allowed': 'a whole number as a text' },
  'x-allowed': 'a list of one whole number for this operator',
};
const PROFILE = when('type', ['Localhost'], has('localhostProfile'), {
  not: has('localhostProfile'),
  'x-allowed': 'without localhostProfile unless its type is Localhost',
});
const PROFILES = oneOf('Localhost', 'RuntimeDefault', 'Unconfined');
const ADMIN = {
  type: 'object',
  properties: { add: { type: 'array', contains: { enum: ['SYS_ADMIN', 'CAP_SYS_ADMIN'] } } },
  required: ['add'],
};
/** A handler is one of these; which, its field says. */
const oneAlone = (...fields: readonly string[]): JsonSchema => ({
  not: {
    anyOf: [
      { not: { anyOf: fields.map(has) } },
      ...fields.flatMap((first, at) => fields.slice(at + 1).map((second) => ({ allOf: [has(first), has(second)] }))),
    ],
  },
  'x-allowed': `with one of ${fields.join(', ')}, and only one`,
});
/** Probes that count as good at once: those of which one failure ends the container. */
const ONCE_GOOD = ['livenessProbe', 'startupProbe'].map((field) => ({
  properties: {
    [field]: {
      type: 'object',
      properties: { successThreshold: { enum: [1], 'x-allowed': '1, as in every liveness and startup probe' } },
    },
  },
}));
const NO_ESCALATION = when('allowPrivilegeEscalation', [false], {
  allOf: [
    without('privileged', { enum: [true] }, 'without privileged while allowPrivilegeEscalation is false'),
    without('capabilities', ADMIN, 'without the capability SYS_ADMIN while allowPrivilegeEscalation is false'),
  ],
});

/** What the models do not say and the API asks for (pkg/apis/core/validation). */
export const EXTRA: Readonly<Record<string, Extra>> = {
  V1ObjectMeta: {
    omit: [
      'creationTimestamp',
      'deletionGracePeriodSeconds',
      'deletionTimestamp',
      'finalizers',
      'generateName',
      'generation',
      'managedFields',
      'name',
      'namespace',
      'ownerReferences',
      'resourceVersion',
      'selfLink',
      'uid',
    ],
  },
  'V1ObjectMeta.labels': LABELS,
  'V1ObjectMeta.annotations': takenFrom('properties', 'commonAnnotations'),
  'V1LabelSelector.matchLabels': LABELS,
  V1LabelSelectorRequirement: {
    allOf: [when('operator', ['In', 'NotIn'], withValues({})), when('operator', ['Exists', 'DoesNotExist'], WITHOUT_VALUES)],
  },
  'V1LabelSelectorRequirement.key': LABEL_KEY,
  'V1LabelSelectorRequirement.operator': oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
  'V1LabelSelectorRequirement.values': listOf(LABEL_VALUE),
  V1NodeSelectorRequirement: {
    allOf: [
      when('operator', ['In', 'NotIn'], withValues({ items: { type: 'string', ...LABEL_VALUE } })),
      when('operator', ['Exists', 'DoesNotExist'], WITHOUT_VALUES),
      when('operator', ['Gt', 'Lt'], withValues(ONE_NUMBER)),
    ],
  },
  'V1NodeSelectorRequirement.key': LABEL_KEY,
  'V1NodeSelectorRequirement.operator': oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'),
  'V1NodeSelector.nodeSelectorTerms': { minItems: 1 },
  'V1PreferredSchedulingTerm.weight': { minimum: 1, maximum: 100 },
  'V1WeightedPodAffinityTerm.weight': { minimum: 1, maximum: 100 },
  'V1PodAffinityTerm.topologyKey': LABEL_KEY,
  'V1PodAffinityTerm.namespaces': listOf(DNS_LABEL),
  'V1PodAffinityTerm.matchLabelKeys': listOf(LABEL_KEY),
  'V1PodAffinityTerm.mismatchLabelKeys': listOf(LABEL_KEY),
  V1Toleration: {
    allOf: [
      when('operator', ['Exists'], without('value', FILLED, 'without a value for the operator Exists'), {
        required: ['key'],
        properties: { key: { type: 'string', minLength: 1, 'x-allowed': 'a key, unless the operator is Exists' } },
      }),
      {
        if: { required: ['tolerationSeconds'], properties: { tolerationSeconds: { type: 'integer' } } },
        then: { required: ['effect'], properties: { effect: { enum: ['NoExecute'] } } },
      },
    ],
  },
  'V1Toleration.key': { ...LABEL_KEY, pattern: `^$|${String(LABEL_KEY['pattern'])}` },
  'V1Toleration.value': LABEL_VALUE,
  'V1Toleration.tolerationSeconds': { minimum: -9223372036 },
  'V1Toleration.operator': oneOf('', 'Exists', 'Equal'),
  'V1Toleration.effect': oneOf('', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  V1TopologySpreadConstraint: {
    if: { required: ['minDomains'], properties: { minDomains: { type: 'integer' } } },
    then: { properties: { whenUnsatisfiable: { enum: ['DoNotSchedule'] } } },
  },
  'V1TopologySpreadConstraint.maxSkew': POSITIVE,
  'V1TopologySpreadConstraint.minDomains': POSITIVE,
  'V1TopologySpreadConstraint.topologyKey': LABEL_KEY,
  'V1TopologySpreadConstraint.whenUnsatisfiable': oneOf('DoNotSchedule', 'ScheduleAnyway'),
  'V1TopologySpreadConstraint.nodeAffinityPolicy': oneOf('Honor', 'Ignore'),
  'V1TopologySpreadConstraint.nodeTaintsPolicy': oneOf('Honor', 'Ignore'),
  'V1TopologySpreadConstraint.matchLabelKeys': listOf(LABEL_KEY),
  'V1PodSecurityContext.fsGroup': ID,
  'V1PodSecurityContext.runAsGroup': ID,
  'V1PodSecurityContext.runAsUser': ID,
  'V1PodSecurityContext.supplementalGroups': { items: { type: 'integer', ...ID } },
  'V1PodSecurityContext.fsGroupChangePolicy': oneOf('Always', 'OnRootMismatch'),
  'V1PodSecurityContext.supplementalGroupsPolicy': oneOf('Merge', 'Strict'),
  'V1PodSecurityContext.seLinuxChangePolicy': oneOf('MountOption', 'Recursive'),
  V1SecurityContext: NO_ESCALATION,
  'V1SecurityContext.runAsGroup': ID,
  'V1SecurityContext.runAsUser': ID,
  'V1SecurityContext.procMount': oneOf('Default', 'Unmasked'),
  V1SeccompProfile: PROFILE,
  'V1SeccompProfile.type': PROFILES,
  V1AppArmorProfile: PROFILE,
  'V1AppArmorProfile.type': PROFILES,
  V1EnvVar: {
    if: { required: ['valueFrom'], properties: { valueFrom: { type: 'object' } } },
    then: without('value', FILLED, 'without value beside valueFrom'),
  },
  'V1EnvVar.name': {
    pattern: '^[-._a-zA-Z][-._a-zA-Z0-9]*$',
    'x-allowed': 'letters, digits, - _ and ., not beginning with a digit',
  },
  V1EnvVarSource: { minProperties: 1, maxProperties: 1, 'x-allowed': 'one source' },
  'V1ResourceFieldSelector.divisor': AMOUNT,
  V1Volume: { maxProperties: 2, 'x-allowed': 'a name and one kind of volume' },
  'V1Volume.name': DNS_LABEL,
  V1VolumeProjection: { minProperties: 1, maxProperties: 1, 'x-allowed': 'one source' },
  'V1ImageVolumeSource.reference': IMAGE,
  'V1ImageVolumeSource.pullPolicy': PULL_POLICY,
  'V1EmptyDirVolumeSource.sizeLimit': AMOUNT,
  'V1EmptyDirVolumeSource.medium': {
    pattern: '^$|^Memory$|^HugePages(-[1-9][0-9]*[KMG]i)?$',
    'x-allowed': 'empty, Memory or HugePages',
  },
  'V1SecretVolumeSource.secretName': { ...NAME, minLength: 1 },
  // Kubernetes takes other names too, of things that cannot be: a pod would wait for them without end.
  'V1AzureFileVolumeSource.secretName': { ...NAME, minLength: 1 },
  ...Object.fromEntries(
    ['VolumeSource', 'Projection', 'EnvSource', 'KeySelector']
      .flatMap((use) => [`V1ConfigMap${use}.name`, `V1Secret${use}.name`])
      .filter((path) => path !== 'V1SecretVolumeSource.name')
      .map((path) => [path, { ...NAME, minLength: 1 }]),
  ),
  'V1PersistentVolumeClaimVolumeSource.claimName': { ...NAME, minLength: 1 },
  'V1PersistentVolumeClaimSpec.accessModes': takenFrom('properties', 'persistence', 'properties', 'accessModes'),
  'V1PersistentVolumeClaimSpec.storageClassName': NAME,
  V1PersistentVolumeClaimSpec: { required: ['accessModes', 'resources'] },
  'V1PersistentVolumeClaimSpec.volumeMode': oneOf('Filesystem', 'Block'),
  V1VolumeResourceRequirements: { required: ['requests'] },
  'V1VolumeResourceRequirements.requests': {
    required: ['storage'],
    properties: { storage: { ...takenFrom('properties', 'persistence', 'properties', 'size'), type: 'string' } },
    additionalProperties: false,
  },
  'V1VolumeResourceRequirements.limits': { properties: { storage: AMOUNT }, additionalProperties: false },
  'V1VolumeMount.mountPath': { pattern: '^[^:]+$', 'x-allowed': 'a path without a colon' },
  'V1VolumeMount.name': DNS_LABEL,
  'V1VolumeMount.mountPropagation': oneOf('None', 'HostToContainer', 'Bidirectional'),
  'V1VolumeMount.recursiveReadOnly': oneOf('Disabled', 'IfPossible', 'Enabled'),
  V1Container: {
    required: ['name', 'image'],
    if: { properties: { restartPolicy: { const: 'Always' } }, required: ['restartPolicy'] },
    else: {
      not: { anyOf: ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'].map(has) },
      'x-allowed': 'without probes and lifecycle unless its restartPolicy is Always',
    },
    allOf: ONCE_GOOD,
  },
  V1Probe: oneAlone('exec', 'grpc', 'httpGet', 'tcpSocket'),
  V1LifecycleHandler: oneAlone('exec', 'httpGet', 'sleep', 'tcpSocket'),
  'V1Container.name': DNS_LABEL,
  'V1Container.image': IMAGE,
  'V1Container.imagePullPolicy': PULL_POLICY,
  'V1Container.restartPolicy': oneOf('Always'),
  'V1Container.terminationMessagePolicy': oneOf('File', 'FallbackToLogsOnError'),
  'V1ContainerPort.containerPort': PORT,
  'V1ContainerPort.hostPort': PORT,
  'V1ContainerPort.name': {
    pattern: '^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$',
    'x-allowed': 'at most 15 lower-case letters, digits and hyphens',
  },
  'V1ContainerPort.protocol': oneOf('TCP', 'UDP', 'SCTP'),
  'V1ResourceRequirements.limits': AMOUNTS,
  'V1ResourceRequirements.requests': AMOUNTS,
  V1NetworkPolicyPeer: {
    minProperties: 1,
    'x-allowed': 'podSelector, namespaceSelector or ipBlock',
    if: has('ipBlock'),
    then: { maxProperties: 1, 'x-allowed': 'ipBlock alone, or selectors' },
  },
  'V1IPBlock.cidr': BLOCK,
  'V1IPBlock.except': listOf(BLOCK),
};

for (const model of ['ConfigMap', 'Secret', 'Projected', 'DownwardAPI'])
  Object.assign(EXTRA, { [`V1${model}VolumeSource.defaultMode`]: MODE });
for (const model of ['V1KeyToPath', 'V1DownwardAPIVolumeFile']) Object.assign(EXTRA, { [`${model}.mode`]: MODE });
for (const field of ['failureThreshold', 'periodSeconds', 'successThreshold', 'timeoutSeconds'])
  Object.assign(EXTRA, { [`V1Probe.${field}`]: POSITIVE });
