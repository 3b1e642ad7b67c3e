import { isRecord, valueAt } from '../generate/fields.ts';
import { loginsOf, type Owned } from '../generate/logins.ts';
import { InputError } from '../generate/problem.ts';
import { warningsOfLogins } from '../server/certificate.ts';
import type { Credentials } from '../server/passwords.ts';
import { asAdmin, inSession, showing, type Connection } from '../server/session.ts';
import { ClusterError } from './cluster-error.ts';
import { readClusterCredentials } from './credentials.ts';
import { Unseen, type Check, type Patient } from './doctor.ts';
import { listAt, textAt } from './fields.ts';
import { JUDGES } from './judge.ts';
import { execIn, get, mayI, type Deed } from './kubectl.ts';

/** In the order in which one depends on the other. */
export const CHECKS: readonly Check[] = [
  { name: 'permission', look: lookAtPermission },
  { name: 'release', look: lookForRelease },
  { name: 'pod', isInside: true, look: async ({ state }) => [...JUDGES.server(await state()), ...JUDGES.pods(await state())] },
  { name: 'volume', look: async ({ state }) => JUDGES.volumes(await state()) },
  { name: 'disk', isInside: true, look: lookAtDisk },
  { name: 'endpoints', isInside: true, look: lookAtEndpoints },
  { name: 'dns', isInside: true, look: lookAtNames },
  { name: 'policy', look: lookAtPolicies },
  { name: 'secrets', look: lookAtSecrets },
  { name: 'logins', look: lookAtLogins },
  { name: 'admin', look: async ({ seen, isElsewhere }) => JUDGES.admin(await seen(), isElsewhere) },
  { name: 'budget', look: lookAtBudget },
  { name: 'certificate', look: lookAtCertificates },
  { name: 'clock', look: lookAtClock },
  { name: 'runs', look: async ({ state }) => [...JUDGES.jobs(await state()), ...JUDGES.schedules(await state())] },
];

/** What the commands for a cluster do, and what for. */
const DEEDS: readonly (Deed & Pick<Check, 'isInside'> & { readonly for: string })[] = [
  { verb: 'list', resource: 'pods', for: 'status, logs and doctor' },
  { verb: 'list', resource: 'secrets', for: 'Helm, which keeps the passwords that are there, and connect' },
  { verb: 'get', resource: 'pods', part: 'log', for: 'logs and deploy' },
  { verb: 'create', resource: 'pods', part: 'portforward', isInside: true, for: 'status, connect and deploy' },
  { verb: 'create', resource: 'pods', part: 'exec', isInside: true, for: 'what doctor looks at from inside the pod' },
];

async function lookAtPermission({ where, isElsewhere }: Patient): Promise<string[]> {
  const deeds = DEEDS.filter(({ isInside }) => !(isInside && isElsewhere));
  const answers = await Promise.all(deeds.map((deed) => mayI(deed, where)));
  return deeds
    .filter((_, index) => answers[index] === false)
    .map(({ verb, resource, part, for: what }) => {
      const name = part === undefined ? resource : `${resource}/${part}`;
      return `you may not ${verb} ${name}, which is needed for ${what}; ask for that verb in a Role`;
    });
}

async function lookForRelease({ deployment }: Patient): Promise<string[]> {
  try {
    await deployment();
    return [];
  } catch (error) {
    if (error instanceof ClusterError) return [`${error.what} ${error.hint}`];
    throw error;
  }
}

/** A volume from here on should be enlarged. */
const HIGH = 80;

async function lookAtDisk(patient: Patient): Promise<string[]> {
  const printed = await inServer(patient, ['df', '--output=pcent,ipcent', '/var/lib/postgresql']);
  const [blocks = 0, inodes = 0] = (printed.split('\n')[1]?.match(/\d+/g) ?? []).map(Number);
  return [
    ...(blocks >= HIGH ? [`the server's volume is full to ${blocks} %; raise persistence.size before it is full`] : []),
    ...(inodes >= HIGH ? [`of the server's volume ${inodes} % of all inodes are taken; enlarge or replace it`] : []),
  ];
}

/** What a command prints in the pod of the server. */
async function inServer({ deployment, state }: Patient, command: readonly string[]): Promise<string> {
  const { context, namespace } = await deployment();
  const { pods } = (await state()).state;
  const pod = pods.find(({ component }) => component === 'server');
  if (pod === undefined) throw new Unseen('the server has no pod');
  return execIn({ context, namespace, pod: pod.name, container: 'postgresql' }, command);
}

async function lookAtEndpoints({ service: find }: Patient): Promise<string[]> {
  const { context, namespace, service } = await find();
  const found = await get(['endpointslices', '--selector', `kubernetes.io/service-name=${service}`], { context, namespace });
  const ready = listAt(found, 'items')
    .flatMap((slice) => listAt(slice, 'endpoints'))
    .filter((endpoint) => valueAt(endpoint, ['conditions', 'ready']) !== false);
  return ready.length > 0 ? [] : [`Service ${service} leads to no pod that is ready; the check "pod" says why none is`];
}

/** As a pod of the deployment sees it; services' own pods may have other settings of DNS. */
async function lookAtNames(patient: Patient): Promise<string[]> {
  const { context, namespace, service } = await patient.service();
  const address = textAt(await get(['service', service], { context, namespace }), 'spec', 'clusterIP');
  const name = `${service}.${namespace}.svc`;
  const said = await inServer(patient, ['sh', '-c', 'getent ahosts "$0" || echo nothing', name]);
  if (said.includes(`${address} `)) return [];
  if (said.startsWith('nothing'))
    return [`${name} has no address in the pod; look at the cluster's DNS, and at networkPolicy.dns`];
  return [
    `${name} has another address in the pod (${said.split(/\s/)[0] ?? ''}) than its Service (${address}); look at the cluster's DNS`,
  ];
}

/** Whether the network heeds them nobody sees from here. */
async function lookAtPolicies({ deployment, where }: Patient): Promise<string[]> {
  const { context, namespace } = await deployment();
  const policies = listAt(await get(['networkpolicies'], { context, namespace }), 'items');
  const others = policies.filter(
    (policy) => textAt(policy, 'metadata', 'labels', 'app.kubernetes.io/instance') !== where.release && selectsAll(policy),
  );
  return others
    .filter((policy) => isShut(policy, 'Egress') || isShut(policy, 'Ingress'))
    .map((policy) => {
      const name = textAt(policy, 'metadata', 'name');
      return `NetworkPolicy ${name} shuts all pods of the namespace; services here must be let out to port 5432 and to DNS by one of yours`;
    });
}

const selectsAll = (policy: unknown): boolean => {
  const selector = valueAt(policy, ['spec', 'podSelector']);
  return !isRecord(selector) || Object.values(selector).every((each) => Object.keys(isRecord(each) ? each : {}).length === 0);
};

const isShut = (policy: unknown, way: 'Egress' | 'Ingress'): boolean =>
  listAt(policy, 'spec', 'policyTypes').includes(way) && listAt(policy, 'spec', way.toLowerCase()).length === 0;

async function lookAtBudget({ seen, isElsewhere }: Patient): Promise<string[]> {
  return [...JUDGES.usage(await seen(), isElsewhere), ...JUDGES.services(await seen())];
}

async function lookAtSecrets({ deployment, model }: Patient): Promise<string[]> {
  const found = await findCredentials({ deployment, model });
  if (found instanceof InputError) return found.problems.map(({ message, hint }) => `${message}; ${hint}`);
  return loginsOf(model)
    .filter(({ credential }) => !found.passwords.has(credential))
    .map(
      ({ credential, passwordSecret }) =>
        `${credential}: Secret ${passwordSecret} is missing or has no usable key "password"; deploy makes those of the chart, one of yours is for you to bring`,
    );
}

/** What the Secrets have, or what is wrong with them as a whole. */
async function findCredentials({
  deployment,
  model,
}: Pick<Patient, 'deployment' | 'model'>): Promise<Required<Credentials> | InputError> {
  try {
    return await readClusterCredentials(model, await deployment());
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

async function lookAtLogins({ deployment, model, asAdmin: withServer }: Patient): Promise<string[]> {
  const credentials = await findCredentials({ deployment, model });
  if (credentials instanceof InputError) throw new Unseen('the check "secrets" says why there is nothing to log in with');
  const { passwords, certificates } = credentials;
  return withServer(async (connection) => {
    const found: string[] = [];
    for (const login of loginsOf(model)) {
      const password = passwords.get(login.credential);
      const own = showing(connection, certificates.get(login.credential));
      if (password !== undefined) found.push(...(await tryLogin(own, login, password)));
    }
    return found;
  });
}

async function tryLogin(connection: Connection, { credential, user, service }: Owned, password: string): Promise<string[]> {
  try {
    await inSession({ ...connection, user, password, database: service.database, options: '' }, () => Promise.resolve());
    return [];
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(0, 500) : String(error);
    return [
      `${credential}: ${user} cannot open ${service.database} with its Secret: ${said}; any run of provisioning sets what the Secrets have`,
    ];
  }
}

/** The server's, and those that logins must show, where they must. */
async function lookAtCertificates({ deployment, model, seen }: Patient): Promise<string[]> {
  const own = ((await seen()).usage?.reported ?? []).filter(isOnCertificate);
  if (loginsOf(model).every(({ clientCertificate }) => clientCertificate === '')) return own;
  const found = await findCredentials({ deployment, model });
  if (found instanceof InputError) {
    if (own.length > 0) return own;
    throw new Unseen('the check "secrets" says why there are no certificates to look at');
  }
  return [...own, ...warningsOfLogins(found.certificates, Date.now())];
}

/** And not on who is connected without one. */
const isOnCertificate = (line: string): boolean => line.startsWith("WARNING: the server's certificate ends ");

/** Clocks further apart, in seconds, make certificates and logs mean something else. */
const APART = 30;

async function lookAtClock({ asAdmin: withServer }: Patient): Promise<string[]> {
  const theirs = await withServer((connection) =>
    asAdmin(connection, async (client) => {
      const { rows } = await client.query<{ now: string }>('SELECT extract(epoch FROM clock_timestamp()) AS now');
      return Number(rows[0]?.now);
    }),
  );
  const apart = Math.round(theirs - Date.now() / 1000);
  if (Math.abs(apart) < APART) return [];
  return [
    `the server's clock is ${Math.abs(apart)} s ${apart > 0 ? 'ahead of' : 'behind'} this machine's; look which of them keeps time (NTP)`,
  ];
}
