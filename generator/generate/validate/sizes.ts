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

/** Kubernetes' amount of memory in kB; undefined when it is none. */
export function readQuantity(quantity: string | number): number | undefined {
  const [, digits, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(String(quantity)) ?? [];
  return inKilobytes(digits, QUANTITIES[unit]);
}

/** Settings whose bare numbers count blocks of 8 kB (pg_settings.unit). */
const COUNTED_IN_BLOCKS = ['shared_buffers', 'effective_cache_size'];

/** kB in each of PostgreSQL's units. */
const SIZES: Readonly<Record<string, number>> = { B: 1 / 1024, kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };

/** The value of a PostgreSQL setting in kB; undefined when it is no size. */
export function readSize(value: string | number | boolean | undefined, setting: string): number | undefined {
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?) *(B|kB|MB|GB|TB)?$/.exec(String(value)) ?? [];
  const bare = COUNTED_IN_BLOCKS.includes(setting) ? 8 : 1;
  return inKilobytes(digits, unit === undefined ? bare : SIZES[unit]);
}

function inKilobytes(digits: string | undefined, factor: number | undefined): number | undefined {
  return digits === undefined || factor === undefined ? undefined : Math.floor(Number(digits) * factor);
}

/** As a person reads it: `512 MB`, `64 kB`. */
export function showSize(kB: number): string {
  return kB >= 1024 ? `${Math.round(kB / 1024)} MB` : `${kB} kB`;
}
