/** Bytes in each of PostgreSQL's units of memory, and microseconds in each of its units of time (the manual, 20.1.1). */
const MEMORY: Readonly<Record<string, number>> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };
const TIME: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, min: 6e7, h: 3.6e9, d: 8.64e10 };

/** The units that a number of a setting may have, which counts in `unit` when it has none. */
export function unitsFor(unit: string | undefined): string[] {
  return Object.keys(unit === undefined ? {} : unitsLike(unit));
}

/**
 * A number as PostgreSQL reads it in its configuration: decimal, with an exponent, hexadecimal, for whole numbers octal as well; then
 * perhaps a unit, exactly as it is spelt. In the setting's own unit; undefined when it is none.
 */
export function readAmount(text: string, unit: string | undefined, isWhole: boolean): number | undefined {
  const [, digits = '', given] =
    /^\s*([+-]?(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?))\s*([A-Za-z]+)?\s*$/i.exec(text) ?? [];
  const number = digits === '' ? undefined : readNumber(digits, isWhole);
  const factor = given === undefined ? 1 : factorOf(given, unit);
  if (number === undefined || factor === undefined) return undefined;
  return isWhole ? roundToEven(number * factor) : number * factor;
}

function readNumber(digits: string, isWhole: boolean): number | undefined {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/.exec(digits) ?? [];
  const isOctal = isWhole && /^0\d+$/.test(rest);
  if (isOctal && !/^[0-7]+$/.test(rest)) return undefined;
  const size = isOctal ? Number.parseInt(rest, 8) : Number(rest);
  return sign === '-' ? -size : size;
}

/** How many of the setting's own units one of the given unit is. */
function factorOf(given: string, unit: string | undefined): number | undefined {
  const [, count = '', own = ''] = /^(\d*)(\w+)$/.exec(unit ?? '') ?? [];
  const units = unitsLike(own);
  const [size, base] = [units[given], units[own]];
  return size === undefined || base === undefined ? undefined : size / (base * (count === '' ? 1 : Number(count)));
}

function unitsLike(unit: string): Readonly<Record<string, number>> {
  const own = unit.replace(/^\d+/, '');
  return own in MEMORY ? MEMORY : own in TIME ? TIME : {};
}

/** As C's rint: a half goes to the even neighbour. */
function roundToEven(number: number): number {
  const below = Math.floor(number);
  if (number - below !== 0.5) return Math.round(number);
  return below % 2 === 0 ? below : below + 1;
}
