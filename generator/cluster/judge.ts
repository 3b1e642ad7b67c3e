import { readQuantity, showSize } from '../generate/validate/sizes.ts';
import type { Usage } from '../server/usage.ts';
import type { ClusterState } from './state.ts';

/** What a service has of what it was given. */
export interface ServiceState {
  readonly name: string;
  readonly database: string;
  /** Undefined where the server has no such database. */
  readonly bytes: number | undefined;
  readonly sessions: number;
  readonly connectionLimit: number;
  /** Schema files that were begun outside a transaction and are not done; a sentence where nobody can look. */
  readonly begun: readonly string[] | string;
}

/** What was seen of a deployment; without usage, its server was not asked. */
export interface Seen {
  readonly state: ClusterState;
  readonly usage: Usage | undefined;
  readonly services: readonly ServiceState[];
}

/** A sentence for each thing that somebody should see to: what, and what to do. Of a server elsewhere no pod is missed. */
export function judge(seen: Seen, isElsewhere: boolean): string[] {
  return Object.entries(JUDGES).flatMap(([about, rule]) => (isElsewhere && about === 'server' ? [] : rule(seen, isElsewhere)));
}

/** The same for each kind of thing. */
export const JUDGES = {
  server: judgeServer,
  pods: judgePods,
  volumes: judgeVolumes,
  jobs: judgeJobs,
  schedules: judgeSchedules,
  usage: judgeUsage,
  admin: judgeAdmin,
  services: judgeServices,
  schemaFiles: judgeSchemaFiles,
} as const;

function judgeServer({ state: { pods } }: Seen): string[] {
  if (pods.some(({ component }) => component === 'server')) return [];
  return ['server: it has no pod; kubectl describe of what makes it (statefulset, deployment or cluster) says why'];
}

function judgePods({ state: { pods } }: Seen): string[] {
  return pods
    .filter(({ ready }) => !ready)
    .map(({ component, name, why }) => `${component}: pod ${name} is not ready: ${why}; kubectl describe pod ${name} says more`);
}

function judgeVolumes({ state: { volumes } }: Seen): string[] {
  return volumes
    .filter(({ bound }) => !bound)
    .map(({ name }) => `volume ${name} is not bound; kubectl describe persistentvolumeclaim ${name} says why`);
}

function judgeJobs({ state: { jobs } }: Seen): string[] {
  return jobs
    .filter(({ outcome }) => outcome === 'failed')
    .map(
      ({ component, name, why }) =>
        `${component}: the last run failed: ${why}; shared-postgresql logs ${component} says more (${name})`,
    );
}

function judgeSchedules({ state: { schedules } }: Seen): string[] {
  return schedules.flatMap(({ component, name, schedule, running, last, lastDone, late }) => {
    const since = lastDone === '' ? 'it never did' : `it last did on ${lastDone}`;
    if (!running && last > lastDone)
      return [`${component}: the run of ${last} did not end well, ${since}; kubectl logs of its Job says more (CronJob ${name})`];
    if (!late) return [];
    return [
      `${component}: no run ended well for longer than ${schedule} says, ${since}; kubectl describe cronjob ${name} says why`,
    ];
  });
}

/** From here on somebody should act before it is full. */
const HIGH = 0.8;

function judgeUsage({ state, usage }: Seen, isElsewhere: boolean): string[] {
  if (!usage) return [];
  const { open, most } = usage.connections;
  const raise = isElsewhere ? 'have its provider allow more' : 'raise postgresql.maxConnections';
  const full = open >= most * HIGH ? [`server: ${open} of ${most} connections are open; ${raise}, or close some`] : [];
  const shut = usage.full
    ? [
        'server: its volume is full, and it takes no new data; enlarge the volume (persistence.size), or have services remove data',
      ]
    : [];
  const volumes = state.volumes.filter(({ component }) => component === 'server');
  return [
    ...shut,
    ...full,
    ...volumes.flatMap(({ name, size }) => {
      const room = readQuantity(size) ?? Infinity;
      if (usage.bytes / 1024 < room * HIGH) return [];
      return [
        `volume ${name}: databases and log are ${showSize(usage.bytes / 1024)} of ${showSize(room)}; raise persistence.size before it is full`,
      ];
    }),
  ];
}

/** What provisioning cannot do without. */
function judgeAdmin({ usage }: Seen, isElsewhere: boolean): string[] {
  if (!usage) return [];
  const { name, rights } = usage.admin;
  const wanted = isElsewhere && !rights.includes('SUPERUSER') ? ['CREATEDB', 'CREATEROLE'] : ['SUPERUSER'];
  const missing = wanted.filter((right) => !rights.includes(right)).join(' and ');
  return missing === ''
    ? []
    : [`server: ${name} lacks ${missing}, which provisioning wants; whoever has it may grant it: ALTER ROLE`];
}

function judgeServices({ usage, services }: Seen): string[] {
  if (!usage) return [];
  return services.flatMap(({ name, database, bytes, sessions, connectionLimit }) => {
    if (bytes === undefined) return [`${name}: there is no database ${database}; provisioning has not made it`];
    if (sessions < connectionLimit) return [];
    return [
      `${name}: ${sessions} sessions are open in ${database}, of a connectionLimit of ${connectionLimit}; raise it, or look for what does not close them`,
    ];
  });
}

function judgeSchemaFiles({ services }: Seen): string[] {
  return services.flatMap(({ name, begun }) => {
    if (typeof begun === 'string') return [`${name}: ${begun}`];
    return begun.map(
      (file) =>
        `${name}: schema file ${file} was begun outside a transaction and is not done: a run is at it, or was broken off there; shared-postgresql logs provisioning says which, and the next run goes on where it was`,
    );
  });
}
