/** Thrown when a cluster does not have, or does not give, what is needed. The message is what a person reads: what is wrong, and what to do. */
export class ClusterError extends Error {
  readonly what: string;
  readonly hint: string;

  constructor(what: string, hint: string) {
    super(`${what}\n  ${hint}`);
    this.what = what;
    this.hint = hint;
  }
}
