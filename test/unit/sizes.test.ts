import { expect, test } from 'vitest';
import { readQuantity } from '../../generator/generate/validate/sizes.ts';

test.each([
  ['0', 0],
  ['1024', 1],
  ['1535', 1],
  ['1Ki', 1],
  ['1.5Gi', 1572864],
  ['.5Gi', 524288],
  ['5.Mi', 5120],
  ['+2Gi', 2097152],
  ['1e9', 976562],
  ['1E9', 976562],
  ['1.024e+06', 1000],
  ['1024000e-3', 1],
  ['1G', 976562],
  ['2G', 1953125],
  ['1024000m', 1],
  ['100m', 0],
  ['1024000000u', 1],
  ['1024000000000n', 1],
  ['0.3Gi', 314572],
  ['1.1Gi', 1153433],
  ['1P', 976562500000],
  ['0.5Pi', 549755813888],
  // More than any machine has, and no text that keeps the generator busy.
  ['1E', 976562500000000],
  ['1Ei', 10 ** 15],
  ['9e99', 10 ** 15],
])('%s is %d kB', (quantity, kB) => {
  expect(readQuantity(quantity)).toBe(kB);
});

test.each(['', '.', '+', 'a lot', '-1Gi', '1 Gi', '1gi', '1K', '1e', '1e1000', '1.2.3', '0x10', '1Gi ', '1_000', '∞'])(
  '%j is no amount',
  (text) => {
    expect(readQuantity(text)).toBeUndefined();
  },
);

test('an amount is the same however it is written', () => {
  for (let kB = 1; kB < 2 ** 40; kB = kB * 3 + 1) {
    const ways = [`${kB}Ki`, `${kB}.0Ki`, `+${kB}Ki`, `${kB * 1024}`, `${kB * 1024}e0`, `${kB * 1024}000m`, `${kB * 1024}000e-3`];
    for (const way of ways) expect(readQuantity(way), way).toBe(kB);
  }
});
