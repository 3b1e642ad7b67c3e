import type { Budget } from './budget.ts';
import type { CompleteValues } from './contract.ts';
import type { Finding } from './finding.ts';
import type { Names } from './names.ts';

/** What is settled when the rules are asked: all that a rule may look at. */
export interface Settled {
  /** values.yaml as it stands, without defaults; not checked. */
  readonly given: unknown;
  readonly values: CompleteValues;
  readonly names: Names;
  readonly budget: Budget;
}

/**
 * What the contract cannot say: a rule between fields or between services. Each is a file of rules/, whose name is its
 * sentence and which exports it as `rule`; there is no list to add it to.
 */
export type Rule = (settled: Settled) => readonly Finding[];
