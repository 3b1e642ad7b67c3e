/** As a person reads it: 1,234. */
export function number(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 service`, `3 services`. */
export function count(value: number, what: string): string {
  return `${number(value)} ${what}${value === 1 ? '' : 's'}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** As PostgreSQL shows sizes, in steps of 1,024: `7.5 MB`. */
export function size(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** step;
  const text = value < 10 && step > 0 ? value.toFixed(1).replace(/\.0$/, '') : number(value);
  return `${text} ${UNITS[step] ?? ''}`;
}

/** `33 %`. */
export function percent(part: number, of: number): string {
  const share = of > 0 ? (100 * part) / of : 0;
  return share > 0 && share < 1 ? 'under 1 %' : `${number(share)} %`;
}
