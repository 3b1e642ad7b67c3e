import { compare } from '../problem.ts';
import type { Texts } from '../read/texts.ts';
import { isGenerated, type OutputFile } from './output.ts';

/** The hand-written files of the project's own chart, for a chart in another folder. */
export function renderHandWritten(own: Texts): OutputFile[] {
  return [...own]
    .filter(([, content]) => !isGenerated(content))
    .map(([path, content]) => ({ path, content }))
    .sort((a, b) => compare(a.path, b.path));
}
