import { readAmount } from './quantities.ts';

/** More than any machine has; larger quantities are taken for this, in kB. The chart does the same. */
const LARGEST = 10 ** 15;

/** Kubernetes' amount of memory or storage in whole kB, exactly; undefined when it is none, or below zero. */
export function readQuantity(quantity: string | number): number | undefined {
  const amount = readAmount(quantity);
  if (!amount) return undefined;
  return Math.min(Number(amount.digits / (1024n * amount.divisor)), LARGEST);
}

/** What a bare number of a setting counts, in kB, unless it counts these (pg_settings.unit). */
const COUNTED_IN: Readonly<Record<string, number>> = { shared_buffers: 8, effective_cache_size: 8, max_wal_size: 1024 };

/** kB in each of PostgreSQL's units. */
const SIZES: Readonly<Record<string, number>> = { B: 1 / 1024, kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };

/** The value of a PostgreSQL setting in kB, as above; undefined when it is no size. */
export function readSize(value: string | number | boolean | undefined, setting: string): number | undefined {
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?) *(B|kB|MB|GB|TB)?$/.exec(String(value)) ?? [];
  const factor = unit === undefined ? (COUNTED_IN[setting] ?? 1) : SIZES[unit];
  return digits === undefined || factor === undefined ? undefined : Math.min(Math.floor(Number(digits) * factor), LARGEST);
}

/** As a person reads it: `512 MB`, `64 kB`. */
export function showSize(kB: number): string {
  return kB >= 1024 ? `${Math.round(kB / 1024)} MB` : `${kB} kB`;
}
