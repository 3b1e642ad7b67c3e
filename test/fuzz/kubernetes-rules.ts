import { isRecord } from '../../generator/generate/fields.ts';
import { amountOf, isImage, isSchedule } from '../tools/kubernetes-grammar.ts';
import { podsOf, type Manifest } from '../tools/manifests.ts';

/*
 * What the API server refuses although every type is right: a second writing of Kubernetes' rules (its pkg/apis/core/validation and
 * apimachinery's validation, and what the documentation says of each field), apart from the contract's, so that the two can disagree.
 * Only how a text of a certain kind is read (an amount, a schedule, an image) stands in one place for all tests.
 */

type Data = Readonly<Record<string, unknown>>;
type Check = (complain: (sentence: string) => void) => void;

/** What Kubernetes would refuse of the manifests that are sent together. */
export function breaches(manifests: readonly Manifest[]): string[] {
  const found: string[] = [];
  const identities = new Set<string>();
  for (const manifest of manifests) {
    const { kind, metadata } = manifest;
    const identity = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
    const complain = (sentence: string): void => void found.push(`${kind}: ${sentence}`);
    if (identities.has(identity)) complain(`two objects are called ${identity}`);
    identities.add(identity);
    for (const check of checksOf(manifest)) check(complain);
  }
  return found;
}

function checksOf(manifest: Manifest): Check[] {
  const pods = podsOf(manifest).map(recordOf);
  return [
    (complain) => checkName(manifest, complain),
    (complain) => checkMetadata(manifest.metadata, complain),
    (complain) => checkNumbers(manifest, '', complain),
    (complain) => checkData(manifest, complain),
    (complain) => checkOwn(manifest, complain),
    ...pods.flatMap((pod): Check[] => [
      (complain) => checkMetadata(recordOf(pod['metadata']), complain),
      (complain) => checkPod(recordOf(pod['spec']), complain),
    ]),
  ];
}

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const KEY_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

type Complain = (sentence: string) => void;

/** A StatefulSet's and a CronJob's names go on in labels and names of what they make. */
const LONGEST: Readonly<Record<string, number>> = { Service: 63, StatefulSet: 52, CronJob: 52, Job: 63, Deployment: 63 };

function checkName({ kind, metadata: { name, namespace } }: Manifest, complain: Complain): void {
  if (!SUBDOMAIN.test(name) || name.length > (LONGEST[kind] ?? 253)) complain(`the name ${show(name)}`);
  if (kind === 'Service' && !/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) complain(`the name ${show(name)} of a Service`);
  if (namespace !== undefined && !LABEL.test(namespace)) complain(`the namespace ${show(namespace)}`);
}

function checkMetadata(metadata: Data, complain: Complain): void {
  checkLabels(recordOf(metadata['labels']), complain);
  const annotations = Object.entries(recordOf(metadata['annotations']));
  for (const [key, value] of annotations) {
    if (!isQualified(key.toLowerCase())) complain(`the annotation ${show(key)}`);
    if (typeof value !== 'string') complain(`the annotation ${key} is no text`);
  }
  const size = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key + String(value)), 0);
  if (size > 256 * 1024) complain(`annotations of ${size} bytes`);
}

function checkLabels(labels: Data, complain: Complain): void {
  for (const [key, value] of Object.entries(labels)) {
    if (!isQualified(key)) complain(`the label ${show(key)}`);
    if (typeof value !== 'string' || !LABEL_VALUE.test(value)) complain(`the label's value ${show(value)}`);
  }
}

function isQualified(key: unknown): boolean {
  if (typeof key !== 'string') return false;
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  return KEY_NAME.test(name) && parts.length <= 1 && parts.every((prefix) => SUBDOMAIN.test(prefix));
}

const INT64 = new Set([
  'activeDeadlineSeconds',
  'terminationGracePeriodSeconds',
  'runAsUser',
  'runAsGroup',
  'fsGroup',
  'supplementalGroups',
  'tolerationSeconds',
  'startingDeadlineSeconds',
]);

function checkNumbers(data: unknown, key: string, complain: Complain): void {
  if (typeof data === 'number') {
    // A toleration of less than no time ends at once.
    const least = key === 'tolerationSeconds' ? Number.MIN_SAFE_INTEGER : 0;
    if (!Number.isInteger(data) || data < least || data > (INT64.has(key) ? Number.MAX_SAFE_INTEGER : 2147483647))
      complain(`${key} is ${data}`);
    if (/^(runAs|fsGroup|supplementalGroups|active)/.test(key) && data > 2147483647) complain(`${key} is ${data}`);
  }
  if (Array.isArray(data)) for (const item of data) checkNumbers(item, key, complain);
  else if (isRecord(data)) for (const [name, value] of Object.entries(data)) checkNumbers(value, name, complain);
}

function checkData({ kind, data }: Manifest, complain: Complain): void {
  if (kind !== 'ConfigMap' && kind !== 'Secret') return;
  const entries = Object.entries(recordOf(data));
  for (const [key, value] of entries) {
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key.startsWith('..')) complain(`the key ${show(key)}`);
    if (typeof value !== 'string') complain(`the key ${key} is no text`);
    if (kind === 'Secret' && !/^[A-Za-z0-9+/]*={0,2}$/.test(String(value))) complain(`the key ${key} is no base64`);
  }
  if (entries.reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(String(value)), 0) > 1024 * 1024)
    complain('it is over 1 MiB');
}

function checkOwn({ kind, spec: raw }: Manifest, complain: Complain): void {
  const spec = recordOf(raw);
  if (kind === 'CronJob' && !isSchedule(String(spec['schedule']))) complain(`the schedule ${show(spec['schedule'])}`);
  if (kind === 'PersistentVolumeClaim') checkClaim(spec, complain);
  if (kind === 'NetworkPolicy') {
    for (const rule of recordsOf(spec['ingress'])) checkPeers(recordsOf(rule['from']), complain);
    for (const rule of recordsOf(spec['egress'])) checkPeers(recordsOf(rule['to']), complain);
  }
  if (kind === 'Service')
    for (const { port } of recordsOf(spec['ports'])) if (!isWithin(port, 1, 65535)) complain(`the port ${show(port)}`);
}

function checkClaim(spec: Data, complain: Complain): void {
  const modes = listOf(spec['accessModes']);
  const known = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];
  if (modes.length === 0 || modes.some((mode) => !known.includes(String(mode)))) complain(`the access modes ${show(modes)}`);
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) complain('ReadWriteOncePod beside another access mode');
  const size = recordOf(recordOf(spec['resources'])['requests'])['storage'];
  if (!(amountOf(String(size)) > 0)) complain(`the size ${show(size)}`);
  checkReference(spec['storageClassName'] === '' ? undefined : spec['storageClassName'], 'the storage class', complain);
}

function checkPeers(peers: readonly Data[], complain: Complain): void {
  for (const peer of peers) {
    const kinds = ['podSelector', 'namespaceSelector', 'ipBlock'].filter((key) => key in peer);
    if (kinds.length === 0 || (kinds.includes('ipBlock') && kinds.length > 1)) complain(`the peer ${show(peer)}`);
    for (const key of ['podSelector', 'namespaceSelector']) checkSelector(peer[key], complain);
    const cidr = recordOf(peer['ipBlock'])['cidr'];
    if (cidr !== undefined && !/^"([0-9.]+\/(3[0-2]|[12]?\d)|[0-9a-fA-F:]+\/(12[0-8]|1[01]\d|\d?\d))"$/.test(show(cidr)))
      complain(`the block ${show(cidr)}`);
  }
}

function checkSelector(selector: unknown, complain: Complain): void {
  checkLabels(recordOf(recordOf(selector)['matchLabels']), complain);
  for (const { key, operator, values } of recordsOf(recordOf(selector)['matchExpressions'])) {
    if (!isQualified(key)) complain(`the key ${show(key)} of a selector`);
    if (!isOneOf(operator, ['In', 'NotIn', 'Exists', 'DoesNotExist'])) complain(`the operator ${show(operator)}`);
    if (/In$/.test(String(operator)) !== listOf(values).length > 0) complain(`the values ${show(values)} of ${show(operator)}`);
  }
}

function checkPod(spec: Data, complain: Complain): void {
  const volumes = recordsOf(spec['volumes']);
  checkVolumes(volumes, complain);
  const containers = [...recordsOf(spec['initContainers']), ...recordsOf(spec['containers'])];
  checkUnique(
    containers.map(({ name }) => name),
    'container',
    complain,
  );
  const names = new Set(volumes.map(({ name }) => name));
  for (const container of containers) checkContainer(container, names, complain);
  for (const each of recordsOf(spec['tolerations'])) checkToleration(each, complain);
  for (const { name } of recordsOf(spec['imagePullSecrets'])) checkReference(name, 'the pull Secret', complain);
  checkReference(spec['serviceAccountName'], 'the ServiceAccount', complain);
  checkReference(spec['priorityClassName'], 'the priority class', complain);
  checkLabels(recordOf(spec['nodeSelector']), complain);
  checkSpread(recordsOf(spec['topologySpreadConstraints']), complain);
  checkAffinity(spec['affinity'], complain);
  checkContexts(recordOf(spec['securityContext']), containers, complain);
}

function checkVolumes(volumes: readonly Data[], complain: Complain): void {
  checkUnique(
    volumes.map(({ name }) => name),
    'volume',
    complain,
  );
  for (const volume of volumes) {
    if (!LABEL.test(String(volume['name']))) complain(`the volume ${show(volume['name'])}`);
    // One without a source is an emptyDir (SetDefaults_Volume).
    if (Object.keys(volume).length > 2) complain(`the volume ${show(volume)} has more than one source`);
    const source = Object.values(volume).map(recordOf);
    for (const { secretName, claimName, name } of [
      ...source,
      ...source.map((each) => (each === volume['configMap'] ? each : {})),
    ]) {
      checkReference(secretName, 'the Secret', complain);
      checkReference(claimName, 'the claim', complain);
      checkReference(name, 'the ConfigMap', complain);
    }
    for (const { sizeLimit } of source)
      if (sizeLimit !== undefined && !(amountOf(show(sizeLimit).replaceAll('"', '')) >= 0))
        complain(`the size ${show(sizeLimit)}`);
    for (const each of source
      .flatMap(({ sources }) => recordsOf(sources))
      .flatMap(Object.values)
      .map(recordOf))
      checkReference(each['name'], 'the source', complain);
  }
}

function checkContainer(container: Data, volumes: ReadonlySet<unknown>, complain: Complain): void {
  if (!LABEL.test(String(container['name']))) complain(`the container ${show(container['name'])}`);
  if (!isImage(String(container['image']))) complain(`the image ${show(container['image'])}`);
  checkResources(recordOf(container['resources']), complain);
  checkEnvironment(recordsOf(container['env']), complain);
  const mounts = recordsOf(container['volumeMounts']);
  checkUnique(
    mounts.map(({ mountPath }) => mountPath),
    'mount',
    complain,
  );
  for (const { name, mountPath } of mounts) {
    if (!volumes.has(name)) complain(`the mount of ${show(name)}, which is no volume`);
    if (typeof mountPath !== 'string' || mountPath === '' || mountPath.includes(':')) complain(`the path ${show(mountPath)}`);
  }
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
    if (probe in container) checkProbe(probe, recordOf(container[probe]), complain);
  for (const [hook, handler] of Object.entries(recordOf(container['lifecycle'])))
    if (hook !== 'stopSignal') checkHandler(hook, recordOf(handler), complain);
}

const HANDLERS = ['exec', 'grpc', 'httpGet', 'sleep', 'tcpSocket'];

function checkHandler(kind: string, handler: Data, complain: Complain): void {
  const given = HANDLERS.filter((each) => each in handler);
  if (given.length !== 1) complain(`${kind} has the handlers ${show(given)}`);
}

function checkProbe(kind: string, probe: Data, complain: Complain): void {
  checkHandler(kind, probe, complain);
  for (const key of ['periodSeconds', 'timeoutSeconds', 'failureThreshold', 'successThreshold'])
    if (key in probe && !isWithin(probe[key], 1, 2147483647)) complain(`${kind}.${key} is ${show(probe[key])}`);
  if (kind !== 'readinessProbe' && 'successThreshold' in probe && probe['successThreshold'] !== 1)
    complain(`${kind}.successThreshold is ${show(probe['successThreshold'])}`);
}

function checkEnvironment(env: readonly Data[], complain: Complain): void {
  checkUnique(
    env.map(({ name }) => name),
    'environment variable',
    complain,
  );
  for (const { name, value, valueFrom } of env) {
    if (typeof name !== 'string' || !/^[ -<>-~]+$/.test(name)) complain(`the environment variable ${show(name)}`);
    if (value !== undefined && value !== '' && valueFrom !== undefined)
      complain(`the environment variable ${show(name)} has two values`);
    if (valueFrom !== undefined && Object.keys(recordOf(valueFrom)).length !== 1) complain(`valueFrom of ${show(name)}`);
    if (typeof value === 'string' && value.includes('\u0000')) complain(`the value of ${show(name)}`);
  }
}

/** As far as a floating number tells: .0314G is one, which is 31399999.999999996 here. */
function isWhole(amount: number): boolean {
  return Math.abs(amount - Math.round(amount)) <= amount * 1e-12;
}

function checkResources({ requests, limits }: Data, complain: Complain): void {
  const most = recordOf(limits);
  for (const [kind, amounts] of [
    ['requests', recordOf(requests)],
    ['limits', most],
  ] as const)
    for (const [name, amount] of Object.entries(amounts)) {
      if (!/^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name) && !(name.includes('/') && isQualified(name)))
        complain(`${kind} of ${show(name)}`);
      if (!(amountOf(String(amount)) >= 0)) complain(`${kind} of ${show(amount)}`);
      else if (name.includes('/') && !isWhole(amountOf(String(amount)))) complain(`${kind}.${name} is no whole number`);
    }
  for (const [name, amount] of Object.entries(recordOf(requests))) {
    const [asked, limit] = [amountOf(String(amount)), amountOf(String(most[name]))];
    if (asked > limit) complain(`requests.${name} ${show(amount)} over limits ${show(most[name])}`);
    if (/\/|^hugepages/.test(name) && asked !== limit) complain(`requests.${name} is not as the limit`);
  }
  for (const name of Object.keys(most))
    if (name.includes('hugepages') && !['memory', 'cpu'].some((other) => other in most || other in recordOf(requests)))
      complain('hugepages without cpu or memory');
}

function checkToleration({ key, operator = 'Equal', value, effect, tolerationSeconds }: Data, complain: Complain): void {
  if (key !== undefined && key !== '' && !isQualified(key)) complain(`the toleration of ${show(key)}`);
  // One that is empty is the one that is left out (ValidateTolerations).
  if (!isOneOf(operator, ['', 'Equal', 'Exists', 'Lt', 'Gt'])) complain(`the operator ${show(operator)} of a toleration`);
  if ((key === undefined || key === '') && operator !== 'Exists') complain('a toleration without key that is not Exists');
  if (operator === 'Exists' && (value ?? '') !== '') complain('a toleration that Exists with a value');
  if (operator === 'Equal' && !(value === undefined || (typeof value === 'string' && LABEL_VALUE.test(value))))
    complain(`the toleration of the value ${show(value)}`);
  if (effect !== undefined && !isOneOf(effect, ['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute']))
    complain(`the effect ${show(effect)}`);
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') complain('tolerationSeconds without NoExecute');
}

function checkSpread(constraints: readonly Data[], complain: Complain): void {
  checkUnique(
    constraints.map((each) => `${show(each['topologyKey'])} ${show(each['whenUnsatisfiable'])}`),
    'spread',
    complain,
  );
  for (const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, minDomains } of constraints) {
    if (!isWithin(maxSkew, 1, 2147483647)) complain(`maxSkew ${show(maxSkew)}`);
    if (!isQualified(topologyKey)) complain(`topologyKey ${show(topologyKey)}`);
    if (!isOneOf(whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']))
      complain(`whenUnsatisfiable ${show(whenUnsatisfiable)}`);
    if (minDomains !== undefined && (whenUnsatisfiable !== 'DoNotSchedule' || !isWithin(minDomains, 1, 2147483647)))
      complain(`minDomains ${show(minDomains)}`);
    checkSelector(labelSelector, complain);
  }
}

function checkAffinity(data: unknown, complain: Complain, key = ''): void {
  if (Array.isArray(data)) for (const item of data) checkAffinity(item, complain, key);
  if (!isRecord(data)) return;
  if (/^requiredDuring|^podAffinityTerm$/.test(key) && !('nodeSelectorTerms' in data) && !isQualified(data['topologyKey']))
    complain(`topologyKey ${show(data['topologyKey'])}`);
  if ('nodeSelectorTerms' in data && listOf(data['nodeSelectorTerms']).length === 0) complain('no nodeSelectorTerms');
  if ('weight' in data && !isWithin(data['weight'], 1, 100)) complain(`the weight ${show(data['weight'])}`);
  if (key === 'labelSelector' || key === 'namespaceSelector') checkSelector(data, complain);
  if (key === 'nodeSelectorTerms' || key === 'preference') checkNodeTerms(recordsOf(data['matchExpressions']), complain);
  for (const [name, value] of Object.entries(data)) checkAffinity(value, complain, name);
}

function checkNodeTerms(terms: readonly Data[], complain: Complain): void {
  for (const { key, operator, values } of terms) {
    const count = listOf(values).length;
    const fits = {
      In: count > 0,
      NotIn: count > 0,
      Exists: count === 0,
      DoesNotExist: count === 0,
      Gt: count === 1,
      Lt: count === 1,
    };
    if (!isQualified(key) || !new Map<unknown, boolean>(Object.entries(fits)).get(operator))
      complain(`the term ${show({ key, operator, values })}`);
  }
}

function checkContexts(pod: Data, containers: readonly Data[], complain: Complain): void {
  const own = containers.map((each) => recordOf(each['securityContext']));
  // A pod's context is what the kubelet goes by only where the container says nothing.
  for (const { runAsUser, runAsNonRoot } of own.map((context) => ({ ...pod, ...context })))
    if (runAsUser === 0 && runAsNonRoot === true) complain('runAsNonRoot as the user 0');
  for (const context of [pod, ...own]) {
    if (context['privileged'] === true && context['allowPrivilegeEscalation'] === false)
      complain('privileged without privilege escalation');
    const { type, localhostProfile } = recordOf(context['seccompProfile']);
    if (type !== undefined && !isOneOf(type, ['RuntimeDefault', 'Unconfined', 'Localhost']))
      complain(`the seccomp profile ${show(type)}`);
    if ((type === 'Localhost') !== (localhostProfile !== undefined)) complain('localhostProfile belongs to Localhost');
    if (!['undefined', 'Always', 'OnRootMismatch'].includes(String(context['fsGroupChangePolicy'])))
      complain(`fsGroupChangePolicy ${show(context['fsGroupChangePolicy'])}`);
  }
}

function checkReference(name: unknown, what: string, complain: Complain): void {
  if (name !== undefined && (typeof name !== 'string' || !SUBDOMAIN.test(name))) complain(`${what} ${show(name)}`);
}

function checkUnique(names: readonly unknown[], what: string, complain: Complain): void {
  if (new Set(names).size < names.length) complain(`two of a kind: ${what} in ${show(names)}`);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100);
}

function isOneOf(value: unknown, known: readonly string[]): boolean {
  return typeof value === 'string' && known.includes(value);
}

function recordOf(value: unknown): Data {
  return isRecord(value) ? value : {};
}

function recordsOf(value: unknown): Data[] {
  return listOf(value).map(recordOf);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
