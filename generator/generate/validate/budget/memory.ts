import type { CompleteValues } from '../contract.ts';
import { readQuantity, readSize, showSize } from '../sizes.ts';
import { sharedRows } from './shared-memory.ts';
import { connectionsOf, enabledServices, type BudgetRow, type ServiceEntry, type Sum } from './sum.ts';

/** PostgreSQL's autovacuum_max_workers unless values say otherwise. */
const VACUUM_WORKERS = 3;

/** Of all connections, one in so many is thought to be at work in the same moment. */
const CONNECTIONS_PER_ACTIVE = 8;

/**
 * What a session takes of its own, in kB: private pages (smaps, without mappings that are shared) and page tables. Measured 2026-11-25 on 18.4 and 15 with
 * 256 MB of buffers: 1.4 and 1.5 MB when it only logged in, 2.0 and 2.1 MB after prepared statements on 5 tables, 4.7 and 4.8 MB after
 * such on 40 tables.
 */
const IDLE_SESSION = 1500;
const MORE_AT_WORK = 3300;

/** What the server takes beside, in kB: its own processes and what it shares, of which some for each connection (shared_memory_size, measured alike). */
const SERVER = 30 * 1024;
const SHARED_PER_CONNECTION = 60;

/** How a setting follows from the memory limit: `percent` of it, `less` something, divided by `shares`, and within bounds. Sizes are in kB. */
export interface MemorySetting {
  readonly setting: string;
  readonly percent: number;
  readonly less: number;
  readonly shares: number;
  readonly least: number;
  readonly most: number;
}

export interface Memory {
  readonly settings: readonly MemorySetting[];
  readonly sum: Sum;
  /** What is taken, and what is only expected. */
  readonly rows: readonly BudgetRow[];
}

/** Divides the memory of the server's container; undefined when it has no limit. */
export function divideMemory(values: CompleteValues, connections: Sum): Memory | undefined {
  const limit = readQuantity(memoryLimitOf(values) ?? '');
  if (limit === undefined) return undefined;
  const rows = memoryRows(limit, values, connections);
  const sum = sumOf(rows, limit);
  return { settings: memorySettings(connections.available), sum, rows: [...rows, totalOf(sum)] };
}

/** Limits are tried in steps of this, in kB. */
const LIMIT_STEP = 256 * 1024;

/** The smallest limit in kB, a multiple of 256 Mi, with which the memory adds up. With a larger limit nothing takes less, so none below what is needed will do. */
export function leastLimit(values: CompleteValues, connections: Sum): number {
  const neededIn = (limit: number): number => sumOf(memoryRows(limit, values, connections), limit).needed;
  let limit = LIMIT_STEP;
  for (let needed = neededIn(limit); needed > limit; needed = neededIn(limit))
    limit = Math.ceil(needed / LIMIT_STEP) * LIMIT_STEP;
  return limit;
}

function sumOf(rows: readonly MemoryRow[], limit: number): Sum {
  const taken = rows.filter(({ kB }) => kB > 0);
  return { rows: taken, needed: taken.reduce((total, { kB }) => total + kB, 0), available: limit };
}

/** The container's memory limit as values.yaml writes it; undefined when there is none. Helm takes null for none. */
export function memoryLimitOf({ resources }: CompleteValues): string | number | undefined {
  const limits = new Map<string, string | number | null>(Object.entries(resources.limits));
  return limits.get('memory') ?? undefined;
}

/** They follow from the connections that are accepted, not from those that the services may hold: adding a service changes none. */
function memorySettings(maxConnections: number): MemorySetting[] {
  const active = activeOf(maxConnections);
  const sessions = IDLE_SESSION * maxConnections + MORE_AT_WORK * active + serverOf(maxConnections);
  return [
    { setting: 'shared_buffers', percent: 25, less: 0, shares: 1, least: 1024, most: 32 * 1024 ** 2 },
    { setting: 'effective_cache_size', percent: 50, less: 0, shares: 1, least: 1024, most: 1024 ** 3 },
    { setting: 'maintenance_work_mem', percent: 15, less: 0, shares: VACUUM_WORKERS, least: 1024, most: 1024 ** 2 },
    { setting: 'work_mem', percent: 60, less: sessions, shares: active, least: 1024, most: 64 * 1024 },
  ];
}

function activeOf(connections: number): number {
  return Math.ceil(connections / CONNECTIONS_PER_ACTIVE);
}

function serverOf(maxConnections: number): number {
  return SERVER + SHARED_PER_CONNECTION * maxConnections;
}

/** The setting's value in kB for a limit in kB. The chart computes the same (_config.tpl), because the limit is a knob. */
export function sizeWithin({ percent, less, shares, least, most }: MemorySetting, limit: number): number {
  return Math.min(Math.max(Math.floor((limit * percent - 100 * less) / (100 * shares)), least), most);
}

/** A row that takes `kB` of the memory. */
type MemoryRow = BudgetRow & { readonly kB: number };

function memoryRows(limit: number, values: CompleteValues, { needed, available }: Sum): MemoryRow[] {
  const { settings } = values.postgresql;
  const sizes = new Map(
    memorySettings(available).map((each) => [
      each.setting,
      readSize(settings[each.setting], each.setting) ?? sizeWithin(each, limit),
    ]),
  );
  const sizeOf = (setting: string): number => sizes.get(setting) ?? 0;
  const sessions = Math.min(needed, available);
  const own = enabledServices(values).flatMap(ownWorkMem);
  const others = Math.max(0, activeOf(sessions) - own.reduce((total, each) => total + each.sessions, 0));
  const isGiven = readSize(settings['shared_buffers'], 'shared_buffers') !== undefined;
  return [
    buffersRow(sizeOf('shared_buffers'), isGiven ? 'postgresql.settings' : `25 % of ${showSize(limit)}`),
    timesRow('maintenance_work_mem', sizeOf('maintenance_work_mem'), vacuumWorkers(settings), 'workers'),
    sessionsRow(sessions),
    timesRow('work_mem', sizeOf('work_mem'), others, 'active connections'),
    ...own.map((each) => timesRow('workMem of a service', each.size, each.sessions, 'active connections')),
    serverRow(available),
    ...sharedRows(values, available),
    cacheRow(sizeOf('effective_cache_size')),
  ];
}

/** PostgreSQL's default for what is no number: whether the setting is allowed is for a rule to say. */
function vacuumWorkers(settings: CompleteValues['postgresql']['settings']): number {
  const workers = Number(settings['autovacuum_max_workers'] ?? VACUUM_WORKERS);
  return Number.isInteger(workers) && workers > 0 ? workers : VACUUM_WORKERS;
}

function buffersRow(kB: number, arithmetic: string): MemoryRow {
  return { what: 'shared_buffers', arithmetic, result: showSize(kB), kB };
}

function timesRow(what: string, each: number, times: number, of: string): MemoryRow {
  const kB = each * times;
  return { what, arithmetic: `${showSize(each)} × ${times} ${of}`, result: showSize(kB), kB };
}

function sessionsRow(sessions: number): MemoryRow {
  const active = activeOf(sessions);
  const kB = IDLE_SESSION * sessions + MORE_AT_WORK * active;
  const arithmetic = `${IDLE_SESSION} kB × ${sessions} connections + ${MORE_AT_WORK} kB × ${active} active`;
  return { what: 'sessions', arithmetic, result: showSize(kB), kB };
}

function serverRow(maxConnections: number): MemoryRow {
  const kB = serverOf(maxConnections);
  const arithmetic = `${showSize(SERVER)} + ${SHARED_PER_CONNECTION} kB × ${maxConnections} connections`;
  return { what: 'the server itself', arithmetic, result: showSize(kB), kB };
}

function cacheRow(size: number): MemoryRow {
  const arithmetic = 'expected by the planner, not taken';
  return { what: 'effective_cache_size', arithmetic, result: showSize(size), kB: 0 };
}

/** What the active sessions of a service take each, when the service has a workMem of its own. */
function ownWorkMem(service: ServiceEntry): { size: number; sessions: number }[] {
  const size = service.workMem === '' ? undefined : readSize(service.workMem, 'work_mem');
  return size === undefined ? [] : [{ size, sessions: activeOf(connectionsOf([service])) }];
}

function totalOf({ rows, needed, available }: Sum): BudgetRow {
  const arithmetic = rows.map(({ result }) => result).join(' + ');
  return { what: 'memory', arithmetic, result: `${showSize(needed)} of ${showSize(available)}` };
}
