import { styleText } from 'node:util';

/** What a line is to its reader. */
export type Kind = 'plain' | 'finding' | 'note';

const COLOURS: Readonly<Record<Kind, 'red' | 'yellow' | undefined>> = { plain: undefined, finding: 'red', note: 'yellow' };

/** A text in the colour of its kind, if the stream is a terminal with colours. NO_COLOR and FORCE_COLOR are Node's to know. */
export function paint(kind: Kind, text: string, stream: NodeJS.WriteStream): string {
  const colour = COLOURS[kind];
  return colour === undefined ? text : styleText(colour, text, { stream });
}
