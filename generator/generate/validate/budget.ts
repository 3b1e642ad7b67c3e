import type { ParsedValues } from '../parse.ts';
import type { Path, Problem } from '../problem.ts';
import type { CompleteValues } from './contract.ts';
import { problemOf } from './finding.ts';

/**
 * superuser_reserved_connections: what provisioning (a session that plans and four that work) and the admin find free however
 * full the server is.
 */
export const RESERVED_CONNECTIONS = 10;

/** PostgreSQL's autovacuum_max_workers unless values say otherwise. */
const VACUUM_WORKERS = 3;

/** Of all connections, one in so many is thought to sort or to hash at the same time. */
const CONNECTIONS_PER_ACTIVE = 4;

/** How a setting follows from the memory limit: `percent` of it, divided by `shares`, and within bounds. Sizes are in kB. */
export interface MemoryRule {
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

/** What the server's connections and memory are divided into. */
export interface ServerBudget {
  readonly reservedConnections: number;
  /** Empty when the container has no memory limit. */
  readonly memory: readonly MemoryRule[];
  readonly rows: readonly BudgetRow[];
}

export interface CheckedBudget {
  readonly budget: ServerBudget;
  readonly problems: readonly Problem[];
}

/** Divides connections and memory, and refuses what does not add up, with the arithmetic. */
export function checkBudget(parsed: ParsedValues, values: CompleteValues): CheckedBudget {
  const connections = connectionBudget(parsed, values);
  const memory = memoryBudget(parsed, values);
  return {
    budget: {
      reservedConnections: RESERVED_CONNECTIONS,
      memory: memory.rules,
      rows: [...connections.rows, ...memory.rows],
    },
    problems: [...connections.problems, ...memory.problems],
  };
}

interface Part {
  readonly rows: readonly BudgetRow[];
  readonly problems: readonly Problem[];
}

function connectionBudget(parsed: ParsedValues, values: CompleteValues): Part {
  const enabled = Object.values(values.services).filter((service) => service.enabled);
  const sum = enabled.flatMap(limitsOf).reduce((total, limit) => total + limit, 0);
  const { exporter, pooler } = values.postgresql.otherConnections;
  const allowed = values.postgresql.maxConnections;
  const needed = sum + RESERVED_CONNECTIONS + exporter + pooler;
  const others = [exporter > 0 ? ` + ${exporter} for the exporter` : '', pooler > 0 ? ` + ${pooler} for the pooler` : ''].join(
    '',
  );
  const arithmetic = `${sum} for ${enabled.length} services + ${RESERVED_CONNECTIONS} for the admin${others} = ${needed}`;
  const rows = [{ what: 'connections', arithmetic, result: `of ${allowed}` }];
  if (needed <= allowed) return { rows, problems: [] };
  const message = `the connections do not add up: ${arithmetic}, but the server accepts ${allowed}`;
  const hint = `Raise postgresql.maxConnections to at least ${needed}, or lower services.<name>.connectionLimit.`;
  return { rows, problems: [problemAt(parsed, ['postgresql', 'maxConnections'], message, hint)] };
}

type ServiceEntry = CompleteValues['services'][string];

/** The connection limits of all logins of a service. */
function limitsOf({ connectionLimit, roles }: ServiceEntry): number[] {
  return [connectionLimit, ...Object.values(roles).map((role) => role.connectionLimit)];
}

function memoryBudget(parsed: ParsedValues, values: CompleteValues): Part & { readonly rules: readonly MemoryRule[] } {
  const limits = new Map<string, string | number | null>(Object.entries(values.resources.limits));
  const memory = limits.get('memory') ?? undefined;
  if (memory === undefined) return { rules: [], rows: [], problems: [] };
  const path = ['resources', 'limits', 'memory'];
  const limit = readQuantity(memory);
  if (limit === undefined) {
    const message = `${JSON.stringify(memory)} is not an amount of memory`;
    return {
      rules: [],
      rows: [],
      problems: [problemAt(parsed, path, message, 'Write a number and a unit, such as 512Mi or 2Gi.')],
    };
  }
  const rules = rulesFor(values.postgresql.maxConnections);
  const rows = memoryRows(rules, limit, values);
  const taken = rows.filter(({ kB }) => kB > 0);
  const used = taken.reduce((total, { kB }) => total + kB, 0);
  const sum = {
    what: 'memory',
    arithmetic: taken.map(({ kB }) => show(kB)).join(' + '),
    result: `${show(used)} of ${show(limit)}`,
  };
  if (used <= limit) return { rules, rows: [...rows, sum], problems: [] };
  const parts = taken.map(({ what, arithmetic, result }) => `${what} ${result} (${arithmetic})`).join(', ');
  const message = `the memory does not add up: ${parts}; that is ${show(used)}, but the container may use ${show(limit)}`;
  const hint = 'Raise resources.limits.memory, or lower what postgresql.settings or services.<name>.workMem ask for.';
  return { rules, rows: [], problems: [problemAt(parsed, path, message, hint)] };
}

function rulesFor(maxConnections: number): MemoryRule[] {
  const active = Math.ceil(maxConnections / CONNECTIONS_PER_ACTIVE);
  return [
    { setting: 'shared_buffers', percent: 25, shares: 1, least: 1024, most: 32 * 1024 ** 2 },
    { setting: 'effective_cache_size', percent: 50, shares: 1, least: 1024, most: 1024 ** 3 },
    { setting: 'maintenance_work_mem', percent: 15, shares: VACUUM_WORKERS, least: 1024, most: 1024 ** 2 },
    { setting: 'work_mem', percent: 30, shares: active, least: 64, most: 64 * 1024 },
  ];
}

/** The setting's value in kB for a limit in kB. The chart computes the same (_config.tpl), because the limit is a knob. */
export function applyRule({ percent, shares, least, most }: MemoryRule, limit: number): number {
  return Math.min(Math.max(Math.floor((limit * percent) / (100 * shares)), least), most);
}

type MemoryRow = BudgetRow & { readonly kB: number };

function memoryRows(rules: readonly MemoryRule[], limit: number, { postgresql, services }: CompleteValues): MemoryRow[] {
  const { settings, maxConnections } = postgresql;
  const given = (setting: string): number | undefined => readSize(settings[setting], setting);
  const sizeOf = (setting: string): number => {
    const rule = rules.find((each) => each.setting === setting);
    return given(setting) ?? (rule ? applyRule(rule, limit) : 0);
  };
  const workers = Number(settings['autovacuum_max_workers'] ?? VACUUM_WORKERS);
  const active = Math.ceil(maxConnections / CONNECTIONS_PER_ACTIVE);
  const own = Object.values(services).flatMap(ownWorkMem);
  const rest = Math.max(0, active - own.reduce((total, { sessions }) => total + sessions, 0));
  const share = given('shared_buffers') === undefined ? `25 % of ${show(limit)}` : 'postgresql.settings';
  const cached = { what: 'effective_cache_size', arithmetic: 'expected by the planner, not taken', kB: 0 };
  return [
    { ...row('shared_buffers', sizeOf('shared_buffers'), 1, ''), arithmetic: share },
    row('maintenance_work_mem', sizeOf('maintenance_work_mem'), workers, 'workers'),
    row('work_mem', sizeOf('work_mem'), rest, 'active connections'),
    ...own.map(({ size, sessions }) => row('workMem of a service', size, sessions, 'active connections')),
    { ...cached, result: show(sizeOf('effective_cache_size')) },
  ];
}

function row(what: string, each: number, times: number, of: string): MemoryRow {
  const kB = each * times;
  return { what, arithmetic: `${show(each)} × ${times} ${of}`, result: show(kB), kB };
}

function ownWorkMem(service: ServiceEntry): { size: number; sessions: number }[] {
  const size = service.enabled && service.workMem !== '' ? readSize(service.workMem, 'work_mem') : undefined;
  if (size === undefined) return [];
  const connections = limitsOf(service).reduce((total, limit) => total + limit, 0);
  return [{ size, sessions: Math.ceil(connections / CONNECTIONS_PER_ACTIVE) }];
}

/** kB in each of Kubernetes' units (Quantity, in the Kubernetes API). */
const QUANTITIES: Readonly<Record<string, number>> = {
  '': 1 / 1024,
  k: 1000 / 1024,
  M: 1000 ** 2 / 1024,
  G: 1000 ** 3 / 1024,
  T: 1000 ** 4 / 1024,
  Ki: 1,
  Mi: 1024,
  Gi: 1024 ** 2,
  Ti: 1024 ** 3,
};

function readQuantity(quantity: string | number): number | undefined {
  const [, digits, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(String(quantity)) ?? [];
  const factor = QUANTITIES[unit];
  return digits === undefined || factor === undefined ? undefined : Math.floor(Number(digits) * factor);
}

/** Settings whose bare numbers count blocks of 8 kB (pg_settings.unit). */
const COUNTED_IN_BLOCKS = ['shared_buffers', 'effective_cache_size'];

/** kB in each of PostgreSQL's units. */
const SIZES: Readonly<Record<string, number>> = { B: 1 / 1024, kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };

function readSize(value: string | number | boolean | undefined, setting: string): number | undefined {
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?) *(B|kB|MB|GB|TB)?$/.exec(String(value)) ?? [];
  const factor = unit === undefined ? (COUNTED_IN_BLOCKS.includes(setting) ? 8 : 1) : SIZES[unit];
  return digits === undefined || factor === undefined ? undefined : Math.floor(Number(digits) * factor);
}

function show(kB: number): string {
  return kB >= 1024 ? `${Math.round(kB / 1024)} MB` : `${kB} kB`;
}

function problemAt(parsed: ParsedValues, path: Path, message: string, hint: string): Problem {
  return problemOf(parsed, { path, message, hint });
}
