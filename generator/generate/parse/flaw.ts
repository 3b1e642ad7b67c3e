/** What is wrong at a place of the text. `offset` counts UTF-16 units from 0. */
export interface Flaw {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** More values within each other than anybody writes; readers that call themselves for each would end for want of memory. */
export const MOST_LEVELS = 100;

export function nestsTooDeeply(offset: number): Flaw {
  return { offset, message: `here more than ${MOST_LEVELS} maps and lists lie within each other; at most ${MOST_LEVELS} may` };
}

export const REFUSED_TAG = {
  message: 'this tag (the word with the !) is not what the value is, or none that Helm and the generator read alike',
  hint: 'Leave it out; write a text between quotes.',
};
