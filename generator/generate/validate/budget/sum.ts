import type { CompleteValues } from '../contract.ts';

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

export type ServiceEntry = CompleteValues['services'][string];

export function enabledServices({ services }: CompleteValues): ServiceEntry[] {
  return Object.values(services).filter(({ enabled }) => enabled);
}

/** The connections that all logins of services may hold together. */
export function connectionsOf(services: readonly ServiceEntry[]): number {
  const limits = services.flatMap(({ connectionLimit, roles }) => [
    connectionLimit,
    ...Object.values(roles).map((role) => role.connectionLimit),
  ]);
  return limits.reduce((total, limit) => total + limit, 0);
}

/**
 * The first of the steps 1, 1.5, 2, 3, 4, 6, 8, … times `first` that is not below `count`. What the server reads at its start follows from a step and not
 * from the count itself: otherwise every service that is added would restart it.
 */
export function stepAbove(count: number, first: number): number {
  let step = first;
  while (step < count) step *= Number.isInteger(Math.log2(step / first)) ? 1.5 : 4 / 3;
  return Math.round(step);
}
