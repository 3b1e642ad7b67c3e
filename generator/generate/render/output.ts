/** The mark of a generated file: what carries it may be overwritten and removed, what does not is never touched. */
export const BANNER = 'Generated from values.yaml by npm run generate; edits are lost.';

/** A file of the chart, as data. */
export interface OutputFile {
  /** Relative to the chart's folder, with slashes. */
  readonly path: string;
  readonly content: string;
}

/** Whether a text carries the banner where generated files have it: near its beginning. */
export function isGenerated(text: string): boolean {
  return text.slice(0, 300).includes(BANNER);
}
