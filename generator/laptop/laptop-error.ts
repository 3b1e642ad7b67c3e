/** Thrown when the server on this machine cannot do its work. The message is what a person reads: what is wrong, and what to do. */
export class LaptopError extends Error {
  readonly what: string;
  readonly hint: string | undefined;

  constructor(what: string, hint?: string) {
    super(hint === undefined ? what : `${what}\n  ${hint}`);
    this.what = what;
    this.hint = hint;
  }
}
