/** A statement as PostgreSQL's parser gives it: its node, and its bytes; what is 0 is left out. */
export interface Statement {
  readonly stmt?: unknown;
  /** Where it begins, in bytes: its first word from 18 on, before that what stands before it as well. */
  readonly stmt_location?: number;
  /** Bytes up to the semicolon that ends it; left out when nothing does. */
  readonly stmt_len?: number;
}

/** The library that has the parser, of the newest major, which those of the others are like. */
export type Library = typeof import('libpg-query');
