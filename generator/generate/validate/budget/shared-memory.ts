import type { CompleteValues } from '../contract.ts';
import { effectiveSettings, type Effective } from '../given-settings.ts';
import { majorOf } from '../image.ts';
import { processesOf } from '../processes.ts';
import { showSize } from '../sizes.ts';
import type { BudgetRow } from './sum.ts';

/** A setting for which a server takes more of the memory that its processes share, the more it is. */
interface Sharer {
  readonly setting: string;
  /** What is in the server's own sum: only what goes beyond is counted here. */
  readonly usual: number;
  /** What one more takes, in kB. */
  readonly kB: number;
}

/**
 * Measured 2026-11-28 on 18.4 and 15 (postgres -C shared_memory_size) with 100 to 5,000 connections: 0.38 to 0.41 kB for a lock and 0.24 to 0.26 kB for a
 * predicate lock of each process or prepared transaction, 49 kB for a place with 64 of both; 1.05 to 1.28 kB for each kB of
 * a query's text; 0.65 kB for an input or output in flight; 8.2 kB for a buffer of status data.
 */
const IN_EACH_PLACE: readonly Sharer[] = [
  { setting: 'max_locks_per_transaction', usual: 64, kB: 0.42 },
  { setting: 'max_pred_locks_per_transaction', usual: 64, kB: 0.27 },
  { setting: 'track_activity_query_size', usual: 1024, kB: 1.3 / 1024 },
  { setting: 'io_max_concurrency', usual: 64, kB: 0.7 },
];

const ONCE: readonly Sharer[] = [
  { setting: 'max_prepared_transactions', usual: 0, kB: 50 },
  { setting: 'max_worker_processes', usual: 8, kB: 55 },
  { setting: 'max_wal_senders', usual: 10, kB: 55 },
  { setting: 'autovacuum_worker_slots', usual: 16, kB: 55 },
  { setting: 'min_dynamic_shared_memory', usual: 0, kB: 1024 },
  { setting: 'wal_buffers', usual: 2048, kB: 8 },
  ...['commit_timestamp', 'multixact_member', 'multixact_offset', 'notify', 'serializable', 'subtransaction', 'transaction'].map(
    (data) => ({ setting: `${data}_buffers`, usual: 1024, kB: 8.2 }),
  ),
];

type SharedRow = BudgetRow & { readonly kB: number };

/** What the server shares beyond the usual, by the settings that ask for it. */
export function sharedRows(values: CompleteValues, maxConnections: number): SharedRow[] {
  const settings = effectiveSettings(values);
  const processes = processesOf(settings, maxConnections, majorOf(values)).reduce((sum, { count }) => sum + count, 0);
  const places = processes + settings.number('max_prepared_transactions', 0);
  return [...IN_EACH_PLACE.map((each) => rowOf(each, settings, places)), ...ONCE.map((each) => rowOf(each, settings))].flat();
}

function rowOf({ setting, usual, kB: each }: Sharer, settings: Effective, places?: number): SharedRow[] {
  const more = settings.number(setting, usual) - usual;
  if (more <= 0) return [];
  const kB = Math.ceil(each * more * (places ?? 1));
  const arithmetic = `${more} more than ${usual}${places === undefined ? '' : ` in each of ${places} places`}`;
  return [{ what: setting, arithmetic, result: showSize(kB), kB }];
}
