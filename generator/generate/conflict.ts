/** Where git left a conflict in a text, in UTF-16 units; undefined where it left none. */
export function conflictIn(text: string): number | undefined {
  const at = text.search(/^<{7} /m);
  return at < 0 ? undefined : at;
}

/** Whether a line of such a text is one of git's. */
export function isOfConflict(line: string): boolean {
  return /^(<{7} |\|{7}|={7}\r?$|>{7} )/.test(line);
}

export const CONFLICT = {
  message: 'git left a conflict here',
  hint: 'Decide what is meant, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>.',
};
