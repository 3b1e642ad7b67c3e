/** A promise that was broken. Its kind is what broke without what is of one case alone, so that each kind is told once. */
export class Find extends Error {
  readonly kind: string;

  constructor(kind: string, detail: string) {
    super(`${kind}\n${detail}`);
    this.name = 'Find';
    this.kind = kind;
  }
}

/** A sentence without what differs from case to case: texts between quotes, numbers, hashes, names that people chose. */
export function kindOf(sentence: string): string {
  return sentence
    .split('\n', 1)
    .join('')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replaceAll(/'[^']*'/g, "'…'")
    .replaceAll(/[0-9a-f]{8,}/g, '#')
    .replaceAll(/-?\d+(\.\d+)?/g, '0')
    .slice(0, 160);
}
