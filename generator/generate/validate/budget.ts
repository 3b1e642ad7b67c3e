import type { CompleteValues } from './contract.ts';
import { readQuantity, readSize, showSize } from './sizes.ts';

/**
 * superuser_reserved_connections: what provisioning (sessions that plan, remember and watch, and four that work), the watch beside the server and the admin find free however
 * full the server is.
 */
const RESERVED_CONNECTIONS = 10;

/** PostgreSQL's autovacuum_max_workers unless values say otherwise. */
const VACUUM_WORKERS = 3;

/** Of all connections, one in so many is thought to sort or to hash at the same time. */
const CONNECTIONS_PER_ACTIVE = 4;

/** How a setting follows from the memory limit: `percent` of it, divided by `shares`, and within bounds. Sizes are in kB. */
export interface MemorySetting {
  readonly setting: string;
  readonly percent: number;
  readonly shares: number;
  readonly least: number;
  readonly most: number;
}

/** A line of the budget's table. */
export interface BudgetRow {
  readonly what: string;
  readonly arithmetic: string;
  readonly result: string;
}

/** What is taken of something, and how much of it there is. */
export interface Sum {
  readonly rows: readonly BudgetRow[];
  readonly needed: number;
  readonly available: number;
}

/** What the server's connections and memory are divided into. */
export interface Budget {
  readonly reservedConnections: number;
  readonly connections: Sum;
  /** Empty when the container has no memory limit. */
  readonly memory: readonly MemorySetting[];
  /** What is taken of the memory, in kB; undefined when the container has no memory limit. */
  readonly memorySum?: Sum;
  /** The whole table. */
  readonly rows: readonly BudgetRow[];
}

/** Divides connections and memory. Whether they suffice is for the rules to say. */
export function divide(values: CompleteValues): Budget {
  const connections = sumConnections(values);
  const limit = readQuantity(memoryLimitOf(values) ?? '');
  const common = { reservedConnections: RESERVED_CONNECTIONS, connections };
  if (limit === undefined) return { ...common, memory: [], rows: connections.rows };
  const memory = memorySettings(values.postgresql.maxConnections);
  const rows = memoryRows(memory, limit, values);
  const memorySum = sumMemory(rows, limit);
  return { ...common, memory, memorySum, rows: [...connections.rows, ...rows, totalOf(memorySum)] };
}

function sumConnections({ services, postgresql }: CompleteValues): Sum {
  const enabled = Object.values(services).filter((service) => service.enabled);
  const ofServices = enabled.flatMap(limitsOf).reduce((total, limit) => total + limit, 0);
  const { exporter, pooler } = postgresql.otherConnections;
  const needed = ofServices + RESERVED_CONNECTIONS + exporter + pooler;
  const parts = [
    `${ofServices} for ${enabled.length} services`,
    `${RESERVED_CONNECTIONS} for the admin`,
    ...(exporter > 0 ? [`${exporter} for the exporter`] : []),
    ...(pooler > 0 ? [`${pooler} for the pooler`] : []),
  ];
  const available = postgresql.maxConnections;
  const row = { what: 'connections', arithmetic: `${parts.join(' + ')} = ${needed}`, result: `of ${available}` };
  return { rows: [row], needed, available };
}

type ServiceEntry = CompleteValues['services'][string];

/** The connection limits of all logins of a service. */
function limitsOf({ connectionLimit, roles }: ServiceEntry): number[] {
  return [connectionLimit, ...Object.values(roles).map((role) => role.connectionLimit)];
}

/** The container's memory limit as values.yaml writes it; undefined when there is none. Helm takes null for none. */
export function memoryLimitOf({ resources }: CompleteValues): string | number | undefined {
  const limits = new Map<string, string | number | null>(Object.entries(resources.limits));
  return limits.get('memory') ?? undefined;
}

function memorySettings(maxConnections: number): MemorySetting[] {
  const active = activeOf(maxConnections);
  return [
    { setting: 'shared_buffers', percent: 25, shares: 1, least: 1024, most: 32 * 1024 ** 2 },
    { setting: 'effective_cache_size', percent: 50, shares: 1, least: 1024, most: 1024 ** 3 },
    { setting: 'maintenance_work_mem', percent: 15, shares: VACUUM_WORKERS, least: 1024, most: 1024 ** 2 },
    { setting: 'work_mem', percent: 30, shares: active, least: 64, most: 64 * 1024 },
  ];
}

function activeOf(connections: number): number {
  return Math.ceil(connections / CONNECTIONS_PER_ACTIVE);
}

/** The setting's value in kB for a limit in kB. The chart computes the same (_config.tpl), because the limit is a knob. */
export function sizeWithin({ percent, shares, least, most }: MemorySetting, limit: number): number {
  return Math.min(Math.max(Math.floor((limit * percent) / (100 * shares)), least), most);
}

/** A row that takes `kB` of the memory. */
type MemoryRow = BudgetRow & { readonly kB: number };

function memoryRows(memory: readonly MemorySetting[], limit: number, { postgresql, services }: CompleteValues): MemoryRow[] {
  const { settings, maxConnections } = postgresql;
  const sizes = new Map(
    memory.map((each) => [each.setting, readSize(settings[each.setting], each.setting) ?? sizeWithin(each, limit)]),
  );
  const sizeOf = (setting: string): number => sizes.get(setting) ?? 0;
  const own = Object.values(services).flatMap(ownWorkMem);
  const others = Math.max(0, activeOf(maxConnections) - own.reduce((total, { sessions }) => total + sessions, 0));
  const isGiven = readSize(settings['shared_buffers'], 'shared_buffers') !== undefined;
  return [
    buffersRow(sizeOf('shared_buffers'), isGiven ? 'postgresql.settings' : `25 % of ${showSize(limit)}`),
    timesRow('maintenance_work_mem', sizeOf('maintenance_work_mem'), vacuumWorkers(settings), 'workers'),
    timesRow('work_mem', sizeOf('work_mem'), others, 'active connections'),
    ...own.map(({ size, sessions }) => timesRow('workMem of a service', size, sessions, 'active connections')),
    cacheRow(sizeOf('effective_cache_size')),
  ];
}

function vacuumWorkers(settings: CompleteValues['postgresql']['settings']): number {
  return Number(settings['autovacuum_max_workers'] ?? VACUUM_WORKERS);
}

function buffersRow(kB: number, arithmetic: string): MemoryRow {
  return { what: 'shared_buffers', arithmetic, result: showSize(kB), kB };
}

function timesRow(what: string, each: number, times: number, of: string): MemoryRow {
  const kB = each * times;
  return { what, arithmetic: `${showSize(each)} × ${times} ${of}`, result: showSize(kB), kB };
}

function cacheRow(size: number): MemoryRow {
  const arithmetic = 'expected by the planner, not taken';
  return { what: 'effective_cache_size', arithmetic, result: showSize(size), kB: 0 };
}

/** What the active sessions of a service take each, when the service has a workMem of its own. */
function ownWorkMem(service: ServiceEntry): { size: number; sessions: number }[] {
  const size = service.enabled && service.workMem !== '' ? readSize(service.workMem, 'work_mem') : undefined;
  if (size === undefined) return [];
  const connections = limitsOf(service).reduce((total, limit) => total + limit, 0);
  return [{ size, sessions: activeOf(connections) }];
}

function sumMemory(rows: readonly MemoryRow[], limit: number): Sum {
  const taken = rows.filter(({ kB }) => kB > 0);
  return { rows: taken, needed: taken.reduce((total, { kB }) => total + kB, 0), available: limit };
}

function totalOf({ rows, needed, available }: Sum): BudgetRow {
  const arithmetic = rows.map(({ result }) => result).join(' + ');
  return { what: 'memory', arithmetic, result: `${showSize(needed)} of ${showSize(available)}` };
}
