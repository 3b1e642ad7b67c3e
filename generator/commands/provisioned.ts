import { complaint, type Line, type Talk } from './talk.ts';

/** What a run of provisioning said and left undone. */
export interface Provisioned {
  /** In the words of the Job. */
  readonly lines: readonly string[];
  /** The names of what is not well. */
  readonly unfinished: readonly string[];
  /** What is wrong with the server, if what it said to the admin tells. */
  readonly reason?: string;
}

/** Hears the lines of a run: tells those that are worth it as they come, and at the end those that --quiet must not keep back. */
export interface Listener {
  readonly lines: readonly string[];
  readonly hear: (line: string) => void;
  readonly conclude: (unfinished: readonly string[]) => void;
}

export function listenFor(
  talk: Pick<Talk<never>, 'isQuiet' | 'say' | 'warn'>,
  isWorthTelling = (_: string): boolean => true,
): Listener {
  const lines: string[] = [];
  return {
    lines,
    hear: (line) => {
      lines.push(line);
      if (isWorthTelling(line)) talk.say(line, WRONG.test(line) ? 'finding' : 'plain');
    },
    conclude: (unfinished) => {
      const isAbout = (line: string): boolean => unfinished.some((name) => line.startsWith(`${name}: `));
      if (talk.isQuiet) lines.filter((line) => isWorthTelling(line) && isAbout(line)).forEach((line) => talk.warn(line));
    },
  };
}

/** Lines of which a terminal shows that they are about what went wrong. */
const WRONG = /^\S+: (ERROR: |refused: |not done: )/;

/** Who is not well, after the sentence for a server that is not; the lines were told as they came. */
export function printUnfinished({ unfinished, reason }: Pick<Provisioned, 'unfinished' | 'reason'>): Line[] {
  if (unfinished.length === 0) return [];
  const sentence = `not well: ${unfinished.join(' ')}; the lines above that begin with the name say why`;
  return [...(reason === undefined ? [] : [complaint(reason)]), complaint(sentence)];
}
