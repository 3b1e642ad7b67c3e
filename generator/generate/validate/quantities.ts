/** What each suffix of Kubernetes multiplies with (Quantity, in the Kubernetes API); those below one divide, so that 100m is 0.1 exactly. */
const LARGE: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const SMALL: Readonly<Record<string, number>> = { m: 1e3, u: 1e6, n: 1e9 };

/** The amount that a quantity stands for, of whatever it counts: cores, bytes. The contract lets nothing through that is none. */
export function amountOf(quantity: string | number): number {
  const [, number = '', suffix = ''] = /^(.*?)([KMGTPE]i|[numkMGTPE]|)$/.exec(String(quantity)) ?? [];
  return (Number(number) * (LARGE[suffix] ?? 1)) / (SMALL[suffix] ?? 1);
}
