import { isIP } from 'node:net';
import {
  amountOf,
  isAnnotationKey,
  isDataKey,
  isDnsLabel,
  isEnvName,
  isImage,
  isLabelKey,
  isLabelValue,
  isSchedule,
  isServiceName,
  isSubdomain,
} from './kubernetes-grammar.ts';
import type { Manifest } from './manifests.ts';

/*
 * What the API refuses although its models have a place for it: patterns, ranges, and what must agree with each other. From the
 * documentation of the API's fields (pkg/apis/core/validation is the code that enforces it).
 */

type Fields = Readonly<Record<string, unknown>>;

/** Says what is wrong with the value under a key, wherever it stands; empty when nothing is. */
type Check = (value: unknown, parent: Fields) => readonly string[];

/** What a manifest says that the API would refuse; empty when nothing is. */
export function breaches(manifest: Manifest): string[] {
  const found = [...checkName(manifest), ...visit(manifest, '')];
  return found.map((breach) => `${manifest.kind} ${manifest.metadata.name}: ${breach}`);
}

function checkName({ kind, metadata: { name, namespace, annotations } }: Manifest): string[] {
  const most = { Job: 63, CronJob: 52, StatefulSet: 52, Pod: 63 }[kind] ?? 253;
  const fits = kind === 'Service' ? isServiceName(name) : isSubdomain(name) && name.length <= most;
  const size = Object.entries(annotations ?? {}).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0);
  return [
    ...unless(fits, `the name ${name}`),
    ...unless(namespace === undefined || isDnsLabel(namespace), `the namespace ${String(namespace)}`),
    ...unless(size <= 256 * 1024, 'annotations of more than 256 KiB'),
  ];
}

function visit(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => visit(item, `${path}[${index}]`));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const own = Object.hasOwn(CHECKS, key) ? (CHECKS[key]?.(below, value) ?? []) : [];
    const checks = typeof below === 'number' ? [...own, ...checkNumber(key, below)] : own;
    // What a ConfigMap or a Secret holds has keys of its own.
    const isData = key === 'data' || key === 'labels' || key === 'annotations';
    return [...checks.map((breach) => `${path}.${key}: ${breach}`), ...(isData ? [] : visit(below, `${path}.${key}`))];
  });
}

const LONG = ['terminationGracePeriodSeconds', 'tolerationSeconds', 'expirationSeconds'];

function checkNumber(key: string, value: number): string[] {
  const most = LONG.includes(key) ? 9223372036 : 2 ** 31 - 1;
  return unless(Number.isInteger(value) && value <= most && (value >= 0 || key === 'tolerationSeconds'), `the number ${value}`);
}

const CHECKS: Readonly<Record<string, Check>> = {
  labels: checkLabels,
  matchLabels: checkLabels,
  nodeSelector: checkLabels,
  selector: (value, parent) => ('ports' in parent ? checkLabels(value) : []),
  annotations: (value) => keysOf(value).flatMap((key) => unless(isAnnotationKey(key), `the key ${show(key)}`)),
  data: (value) => keysOf(value).flatMap((key) => unless(isDataKey(key), `the key ${show(key)}`)),
  resources: checkResources,
  sizeLimit: (value) => unless(amountOf(String(value)) >= 0, `the amount ${show(value)}`),
  divisor: (value) => unless(amountOf(String(value)) >= 0, `the amount ${show(value)}`),
  accessModes: checkAccessModes,
  storageClassName: (value) => unless(value === '' || isSubdomain(String(value)), show(value)),
  serviceAccountName: ofGrammar(isSubdomain),
  priorityClassName: ofGrammar(isSubdomain),
  // What a share of Azure is read with may be a Secret of any name.
  secretName: (value, parent) => unless('shareName' in parent || isSubdomain(String(value)), show(value)),
  claimName: ofGrammar(isSubdomain),
  imagePullSecrets: (value) => checkUnique(value, 'name', isSubdomain),
  schedule: ofGrammar(isSchedule),
  image: (value, parent) => unless(!('name' in parent) || typeof value !== 'string' || isImage(value), show(value)),
  env: (value) => [...checkUnique(value, 'name', isEnvName), ...listOf(value).flatMap(checkEnv)],
  volumes: (value, pod) => [
    ...checkUnique(value, 'name', isDnsLabel),
    ...listOf(value).flatMap((volume) => unless(keysOf(volume).length <= 2, `two sources: ${show(volume)}`)),
    ...containersOf(pod).flatMap((container) => checkMounts(container, pod)),
  ],
  containers: (_, pod) => checkUnique(containersOf(pod), 'name', isDnsLabel),
  initContainers: (value) => listOf(value).flatMap(checkInitContainer),
  ports: (value) => listOf(value).flatMap(checkPort),
  mode: (value) => unless(Number(value) <= 0o777, show(value)),
  defaultMode: (value) => unless(Number(value) <= 0o777, show(value)),
  volumeMounts: (value) => checkUnique(value, 'mountPath', (path) => path !== '' && !path.includes(':')),
  livenessProbe: checkSuccess,
  startupProbe: checkSuccess,
  activeDeadlineSeconds: (value) => unless(Number(value) >= 1, show(value)),
  tolerations: (value) => listOf(value).flatMap(checkToleration),
  topologyKey: ofGrammar(isLabelKey),
  topologySpreadConstraints: (value) => [
    ...checkUnique(value, 'topologyKey', isLabelKey, 'whenUnsatisfiable'),
    ...listOf(value).flatMap(checkSpread),
  ],
  matchExpressions: (value) => listOf(value).flatMap(checkExpression),
  nodeSelectorTerms: (value) => unless(listOf(value).length > 0, 'no term'),
  weight: (value) => unless(Number(value) >= 1 && Number(value) <= 100, show(value)),
  securityContext: checkSecurity,
  seccompProfile: (value) => checkProfile(value),
  appArmorProfile: (value) => checkProfile(value),
  from: (value) => listOf(value).flatMap(checkPeer),
};

function checkLabels(value: unknown): string[] {
  return Object.entries(isFields(value) ? value : {}).flatMap(([key, text]) => [
    ...unless(isLabelKey(key), `the key ${show(key)}`),
    ...unless(typeof text === 'string' && isLabelValue(text), `the value ${show(text)}`),
  ]);
}

function checkResources(value: unknown): string[] {
  const { requests, limits } = isFields(value) ? value : {};
  const amounts = [...Object.entries(toFields(requests)), ...Object.entries(toFields(limits))];
  return [
    ...amounts.flatMap(([name, amount]) => [
      ...unless(isResource(name), `the resource ${name}`),
      ...unless(amountOf(textOf(amount)) >= 0, `the amount ${show(amount)} of ${name}`),
      ...unless(!/[/]|hugepages/.test(name) || Number.isInteger(amountOf(textOf(amount))), `a part of one ${name}`),
    ]),
    ...unless(amountOf(textOf(toFields(requests)['storage'] ?? 1)) > 0, 'no storage'),
    ...Object.entries(toFields(requests)).flatMap(([name, amount]) => {
      const limit = toFields(limits)[name];
      const isOwn = /[/]|hugepages/.test(name);
      if (limit === undefined) return unless(!isOwn, `a request of ${name} without a limit`);
      const [asked, most] = [amountOf(textOf(amount)), amountOf(textOf(limit))];
      return unless(
        isOwn ? asked === most : asked <= most * (1 + 1e-12),
        `the request ${show(amount)} of ${name} for the limit ${show(limit)}`,
      );
    }),
  ];
}

function isResource(name: string): boolean {
  if (['cpu', 'memory', 'ephemeral-storage', 'storage'].includes(name)) return true;
  if (name.startsWith('hugepages-')) return amountOf(name.slice('hugepages-'.length)) > 0;
  return name.includes('/') && isLabelKey(`requests.${name}`) && !name.startsWith('requests.');
}

function checkAccessModes(value: unknown): string[] {
  const modes = listOf(value).map(String);
  const known = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];
  return [
    ...unless(modes.length > 0 && modes.every((mode) => known.includes(mode)), show(value)),
    ...unless(new Set(modes).size === 1 || !modes.includes('ReadWriteOncePod'), 'ReadWriteOncePod beside another'),
  ];
}

function checkEnv(env: unknown): string[] {
  const { value, valueFrom } = toFields(env);
  return unless(
    valueFrom === undefined || ((value === undefined || value === '') && keysOf(valueFrom).length === 1),
    `no one source of ${show(env)}`,
  );
}

function containersOf({ containers, initContainers }: Fields): Fields[] {
  return [...listOf(containers), ...listOf(initContainers)].map(toFields);
}

function checkMounts({ volumeMounts }: Fields, { volumes }: Fields): string[] {
  const names = listOf(volumes).map((volume) => toFields(volume)['name']);
  return listOf(volumeMounts).flatMap((mount) => unless(names.includes(toFields(mount)['name']), `no volume for ${show(mount)}`));
}

function checkInitContainer(container: unknown): string[] {
  const { restartPolicy, livenessProbe, readinessProbe, startupProbe, lifecycle, image } = toFields(container);
  const isSidecar = restartPolicy === 'Always';
  const ofSidecars = [livenessProbe, readinessProbe, startupProbe, lifecycle].every((each) => each === undefined);
  return [...unless(isSidecar || ofSidecars, 'a probe of what ends'), ...unless(image !== undefined, 'no image')];
}

function checkPort(port: unknown): string[] {
  const { port: own, containerPort = own, targetPort = containerPort, protocol = 'TCP' } = toFields(port);
  const isPort = (value: unknown): boolean => typeof value === 'string' || (Number(value) >= 1 && Number(value) <= 65535);
  return unless(isPort(containerPort) && isPort(targetPort) && ['TCP', 'UDP', 'SCTP'].includes(String(protocol)), show(port));
}

function checkSuccess(probe: unknown): string[] {
  const { successThreshold = 1 } = toFields(probe);
  return unless(successThreshold === 1, `successThreshold ${show(successThreshold)}`);
}

function checkToleration(toleration: unknown): string[] {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toFields(toleration);
  return unless(
    (key === '' ? operator === 'Exists' : isLabelKey(String(key))) &&
      (operator === 'Exists' ? value === '' : ['', 'Equal'].includes(String(operator)) && isLabelValue(String(value))) &&
      ['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(String(effect)) &&
      (tolerationSeconds === undefined || effect === 'NoExecute'),
    show(toleration),
  );
}

function checkSpread(constraint: unknown): string[] {
  const {
    maxSkew,
    whenUnsatisfiable,
    minDomains,
    nodeAffinityPolicy = 'Honor',
    nodeTaintsPolicy = 'Honor',
  } = toFields(constraint);
  return unless(
    Number(maxSkew) >= 1 &&
      ['DoNotSchedule', 'ScheduleAnyway'].includes(String(whenUnsatisfiable)) &&
      (minDomains === undefined || (Number(minDomains) >= 1 && whenUnsatisfiable === 'DoNotSchedule')) &&
      [nodeAffinityPolicy, nodeTaintsPolicy].every((policy) => ['Honor', 'Ignore'].includes(String(policy))),
    show(constraint),
  );
}

function checkExpression(expression: unknown): string[] {
  const { key, operator, values } = toFields(expression);
  const texts = listOf(values).map(String);
  const wanted = {
    In: texts.length > 0,
    NotIn: texts.length > 0,
    Exists: texts.length === 0,
    DoesNotExist: texts.length === 0,
    Gt: texts.length === 1 && /^-?[0-9]+$/.test(texts.join()),
    Lt: texts.length === 1 && /^-?[0-9]+$/.test(texts.join()),
  }[String(operator)];
  return unless(
    isLabelKey(String(key)) && wanted === true && texts.every((text) => isLabelValue(text) || wanted),
    show(expression),
  );
}

function checkSecurity(context: unknown): string[] {
  const {
    allowPrivilegeEscalation,
    privileged,
    capabilities,
    fsGroupChangePolicy = 'Always',
    procMount = 'Default',
  } = toFields(context);
  const added = listOf(toFields(capabilities)['add']).map(String);
  return [
    ...unless(allowPrivilegeEscalation !== false || privileged !== true, 'privileged without escalation'),
    ...unless(
      allowPrivilegeEscalation !== false || !added.some((each) => /^(CAP_)?SYS_ADMIN$/.test(each)),
      'SYS_ADMIN without escalation',
    ),
    ...unless(['Always', 'OnRootMismatch'].includes(String(fsGroupChangePolicy)), show(fsGroupChangePolicy)),
    ...unless(['Default', 'Unmasked'].includes(String(procMount)), show(procMount)),
  ];
}

function checkProfile(profile: unknown): string[] {
  const { type, localhostProfile } = toFields(profile);
  const isKnown = ['Localhost', 'RuntimeDefault', 'Unconfined'].includes(String(type));
  return unless(isKnown && (type === 'Localhost') === (localhostProfile !== undefined), show(profile));
}

function checkPeer(peer: unknown): string[] {
  const { ipBlock, ...selectors } = toFields(peer);
  const count = keysOf(selectors).length;
  const blocks = ipBlock === undefined ? [] : [toFields(ipBlock)['cidr'], ...listOf(toFields(ipBlock)['except'])];
  return [
    ...unless((ipBlock === undefined) === count > 0, show(peer)),
    ...blocks.flatMap((block) => unless(isBlock(String(block)), show(block))),
  ];
}

function isBlock(text: string): boolean {
  const [, address = '', bits = ''] = /^([^/]*)\/([0-9]{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  return version > 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

function checkUnique(list: unknown, key: string, fits: (text: string) => boolean, second?: string): string[] {
  const items = listOf(list).map(toFields);
  const names = items.map((item) => String(item[key]));
  const identities = items.map((item) => `${String(item[key])} ${String(second === undefined ? '' : item[second])}`);
  return [
    ...names.filter((name) => !fits(name)).map((name) => `${key} ${show(name)}`),
    ...identities
      .filter((identity, index) => identities.indexOf(identity) !== index)
      .map((identity) => `${identity.trim()} twice`),
  ];
}

function ofGrammar(fits: (text: string) => boolean): Check {
  return (value) => (typeof value === 'string' ? unless(fits(value), show(value)) : []);
}

const unless = (fits: boolean, breach: string): string[] => (fits ? [] : [breach]);
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const toFields = (value: unknown): Fields => (isFields(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const keysOf = (value: unknown): string[] => Object.keys(toFields(value));
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200));
