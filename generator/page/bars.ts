import { number } from './words.ts';

/** A part of a bar, before anybody knows where it is. */
export interface Part {
  readonly name: string;
  readonly amount: number;
  /** The amount in words. */
  readonly shown: string;
  /** What it is made of. */
  readonly how: string;
}

/** A bar of the page; x and width are in thousandths of it. */
export interface Bar {
  readonly label: string;
  readonly parts: readonly (Part & { readonly x: number; readonly width: number; readonly colour: number })[];
}

/** How many colours the style has; the last is for what no legend explains. */
const COLOURS = 8;

/** Puts parts side by side on a bar of `whole`; what goes beyond is cut. */
export function barOf(label: string, parts: readonly Part[], whole: number): Bar {
  const total = Math.max(
    whole,
    parts.reduce((sum, { amount }) => sum + amount, 0),
    1,
  );
  let x = 0;
  const placed = parts.map((part, index) => {
    const width = Math.round((100_000 * part.amount) / total) / 100;
    const place = { ...part, x, width, colour: (index % (COLOURS - 1)) + 1 };
    x = Math.round(100 * (x + width)) / 100;
    return place;
  });
  return { label, parts: placed };
}

/** A bar of one part that no legend explains; its label says the amount. */
export function plainBar(what: string, amount: number, shown: string, whole: number): Bar {
  const { label, parts } = barOf(`${what}: ${shown}`, [{ name: what, amount, shown, how: '' }], whole);
  return { label, parts: parts.map((part) => ({ ...part, colour: COLOURS })) };
}

/** The largest, and what is left as one part. */
export function largest(parts: readonly Part[], most: number, show: (amount: number) => string): Part[] {
  const sorted = [...parts].sort((a, b) => b.amount - a.amount);
  if (sorted.length <= most) return sorted;
  const rest = sorted.slice(most - 1);
  const amount = rest.reduce((sum, part) => sum + part.amount, 0);
  return [...sorted.slice(0, most - 1), { name: `${number(rest.length)} others`, amount, shown: show(amount), how: '' }];
}
