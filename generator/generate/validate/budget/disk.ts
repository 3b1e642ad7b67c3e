import type { CompleteValues } from '../contract.ts';
import { readQuantity, readSize, showSize } from '../sizes.ts';
import { enabledServices, type Sum } from './sum.ts';

/**
 * What a database takes before its first row, in kB, and what making it writes ahead. Measured 2026-11-25 after a run of provisioning with
 * 20 services: 7,709 kB in 305 files and 4,359 kB of WAL on 18.4, 7,539 kB in 303 files and 4,262 kB on 15.
 */
const DATABASE = 7720;
const WAL_OF_DATABASE = 4360;

/** A server without services, in kB, measured alike: its files, and the one segment of WAL that it begins with. */
const SERVER = 23400;
const WAL_SEGMENT = 16 * 1024;

/** PostgreSQL's max_wal_size in kB, unless values say otherwise. */
const MAX_WAL_SIZE = 1024 ** 2;

/**
 * It is no limit: while a checkpoint takes its time, more is written. 1,000 databases, made at once, left 1.3 times as much on a quiet disk; on
 * one that was busy with other work nearly all that they had written, 4.0 GB. What is refused is what cannot fit even on a quiet one.
 */
const WAL_OVERRUN = 1.3;

/** Sums up what an empty database for each service takes of the volume, in kB. There is no end to a claim that is not the chart's. */
export function divideDisk(values: CompleteValues): Sum {
  const databases = enabledServices(values).length;
  const wal = walOf(databases, values);
  const needed = databases * DATABASE + SERVER + wal;
  const empty = databases === 1 ? 'empty database' : 'empty databases';
  const arithmetic = `${databases} ${empty} × ${showSize(DATABASE)} + ${showSize(SERVER)} for the server + ${showSize(wal)} of WAL`;
  const available = values.persistence.existingClaim === '' ? readQuantity(values.persistence.size) : undefined;
  const of = available === undefined ? 'of a claim of yours' : `of ${showSize(available)}`;
  const row = { what: 'disk', arithmetic, result: `${showSize(needed)} ${of}` };
  return { rows: [row], needed, available: available ?? Infinity };
}

function walOf(databases: number, { postgresql }: CompleteValues): number {
  const limit = readSize(postgresql.settings['max_wal_size'], 'max_wal_size') ?? MAX_WAL_SIZE;
  return Math.min(WAL_SEGMENT + databases * WAL_OF_DATABASE, Math.floor(limit * WAL_OVERRUN));
}
