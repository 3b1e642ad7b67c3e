import type { Model, Service } from '../generate/model.ts';
import type { Sum } from '../generate/validate/budget/sum.ts';
import { barOf, largest, plainBar, type Bar, type Part } from './bars.ts';
import type { Report } from './report.ts';
import { number, percent, size } from './words.ts';

interface Division {
  readonly title: string;
  /** What is taken of what there is. */
  readonly sum: string;
  readonly bars: readonly Bar[];
  /** What the colours of the first bar mean. */
  readonly legend: Bar['parts'];
}

interface BudgetView {
  readonly divisions: readonly Division[];
  /** The table that generate prints. */
  readonly rows: readonly { readonly what: string; readonly arithmetic: string; readonly result: string }[];
}

/** Parts that a bar shows at most: more have no colour of their own. */
const PARTS = 7;

/** What connections, memory and disk are divided into. */
export function budgetView(report: Report): BudgetView {
  const { model, table } = report.generated;
  const divisions = [connectionsOf(report), ...memoryOf(model), ...diskOf(report)];
  return { divisions, rows: table.map(({ what, arithmetic, result }) => ({ what, arithmetic, result })) };
}

/** What a service may have open at once, with all its logins. */
export function connectionsOfService({ connectionLimit, roles }: Service): number {
  return roles.reduce((sum, role) => sum + role.connectionLimit, connectionLimit);
}

function connectionsOf({ generated: { model }, found }: Report): Division {
  const { services, budget } = model;
  const { needed, available } = budget.connections;
  const own = services.map((service) => partOf(service.name, connectionsOfService(service)));
  const admin = partOf('the admin', budget.server.reservedConnections);
  const others = needed - own.reduce((sum, { amount }) => sum + amount, admin.amount);
  const beside = others > 0 ? [partOf('exporter and pooler', others)] : [];
  const promised = barOf('promised', [...largest(own, PARTS - beside.length - 1, number), ...beside, admin], available);
  const open = found?.on === 'the deployment' ? [openNow(services, found.survey.databases, available)] : [];
  return divisionOf('Connections', [promised, ...open], `${number(needed)} of ${number(available)}`);
}

function openNow(services: readonly Service[], databases: ReadonlyMap<string, { sessions: number }>, available: number): Bar {
  const open = services.reduce((sum, { database }) => sum + (databases.get(database)?.sessions ?? 0), 0);
  return plainBar('open now', open, number(open), available);
}

function partOf(name: string, amount: number): Part {
  return { name, amount, shown: number(amount), how: '' };
}

function memoryOf({ budget }: Model): Division[] {
  if (!budget.memory) return [];
  const { rows, needed, available } = budget.memory;
  const parts = rows.map(({ what, arithmetic, result, ...row }) => ({
    name: what,
    amount: 'kB' in row && typeof row.kB === 'number' ? row.kB : 0,
    shown: result,
    how: arithmetic,
  }));
  return [divisionOf('Memory', [barOf('expected', parts, available)], sumOf({ needed, available }))];
}

function diskOf({ generated: { model }, found }: Report): Division[] {
  if (!model.budget.disk) return [];
  const { needed, available } = model.budget.disk;
  const whole = Number.isFinite(available) ? available : needed;
  const empty = plainBar('empty', needed, size(needed * 1024), whole);
  const now = found?.on === 'the deployment' ? [takenNow(found.survey.databases, whole)] : [];
  return [divisionOf('Disk', [...now, empty], sumOf({ needed, available }))];
}

function takenNow(databases: ReadonlyMap<string, { bytes: number }>, whole: number): Bar {
  const parts = [...databases].map(([name, { bytes }]) => ({ name, amount: bytes / 1024, shown: size(bytes), how: '' }));
  const show = (kB: number): string => size(kB * 1024);
  return barOf('databases now', largest(parts, PARTS, show), whole);
}

function sumOf({ needed, available }: Pick<Sum, 'needed' | 'available'>): string {
  return Number.isFinite(available)
    ? `${size(needed * 1024)} of ${size(available * 1024)}, ${percent(needed, available)}`
    : `${size(needed * 1024)} of a claim of yours`;
}

function divisionOf(title: string, bars: readonly Bar[], sum: string): Division {
  return { title, sum, bars, legend: bars[0]?.parts ?? [] };
}
