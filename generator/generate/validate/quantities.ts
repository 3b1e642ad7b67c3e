/** The powers of ten and of two by which Kubernetes' units multiply (Quantity, in the Kubernetes API). */
const UNITS: Readonly<Record<string, { readonly ten?: number; readonly two?: number }>> = {
  '': {},
  n: { ten: -9 },
  u: { ten: -6 },
  m: { ten: -3 },
  k: { ten: 3 },
  M: { ten: 6 },
  G: { ten: 9 },
  T: { ten: 12 },
  P: { ten: 15 },
  E: { ten: 18 },
  Ki: { two: 10 },
  Mi: { two: 20 },
  Gi: { two: 30 },
  Ti: { two: 40 },
  Pi: { two: 50 },
  Ei: { two: 60 },
};

const QUANTITY = /^\+?(?=\.?[0-9])([0-9]*)\.?([0-9]*)(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?0*[0-9]{1,2}))?$/;

/** An amount as a fraction, without loss. */
export interface Amount {
  readonly digits: bigint;
  readonly divisor: bigint;
}

/** A quantity of whatever it counts: cores, bytes; undefined when it is none, or below zero. */
export function readAmount(quantity: string | number): Amount | undefined {
  const match = QUANTITY.exec(String(quantity));
  if (!match) return undefined;
  const [, whole = '', fraction = '', unit = '', exponent = '0'] = match;
  const { ten = Number(exponent), two = 0 } = UNITS[unit] ?? {};
  const power = ten - fraction.length;
  return {
    digits: BigInt(whole + fraction) * 2n ** BigInt(two) * 10n ** BigInt(Math.max(power, 0)),
    divisor: 10n ** BigInt(Math.max(-power, 0)),
  };
}

/** Whether a quantity is a whole number; what is none is for the contract to say. */
export function isWhole(quantity: string | number): boolean {
  const amount = readAmount(quantity);
  return amount === undefined || amount.digits % amount.divisor === 0n;
}

/** Whether one quantity is less than, equal to, or more than another: below zero, zero, above. The contract lets nothing through that is none. */
export function compareAmounts(a: string | number, b: string | number): number {
  const none = { digits: 0n, divisor: 1n };
  const [one, other] = [readAmount(a) ?? none, readAmount(b) ?? none];
  const difference = one.digits * other.divisor - other.digits * one.divisor;
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
