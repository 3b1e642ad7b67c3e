/** Text in a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** Words as code, one after the other; no word has a backtick. */
export function listCode(words: readonly string[]): string {
  return words.map((word) => `\`${word.replaceAll('|', '\\|')}\``).join(', ');
}
