/** The mark of a generated file: what carries it may be overwritten and removed, what does not is never touched. */
export const BANNER = 'Generated from values.yaml by npm run generate; edits are lost.';

/** The same of what is no part of the chart. */
export const MANIFESTS_BANNER = 'Generated from values.yaml by shared-postgresql manifests; edits are lost.';

/** A file that is to be written, as data. */
export interface OutputFile {
  /** Relative to its folder, with slashes. */
  readonly path: string;
  readonly content: string;
  /** Whether nobody but its owner may read it. */
  readonly isPrivate?: boolean;
}

/** Whether a text carries a banner where generated files have it: near its beginning. */
export function isGenerated(text: string, banner = BANNER): boolean {
  return text.slice(0, 300).includes(banner);
}
