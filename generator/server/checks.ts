/** What was looked at before something is done. */
export interface Check {
  readonly what: string;
  /** What is in the way, with what to do; each a sentence. */
  readonly obstacles: readonly string[];
  /** What is good to know. */
  readonly notes: readonly string[];
}

/** A check by its sentences, of which those that are false do not hold. */
export const check = (what: string, obstacles: readonly (string | false)[], notes: readonly (string | false)[] = []): Check => ({
  what,
  obstacles: obstacles.filter((each) => each !== false),
  notes: notes.filter((each) => each !== false),
});
