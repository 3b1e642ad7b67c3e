import { PACKAGE_FILES_PATH } from '../layout.ts';
import { compare } from '../problem.ts';
import type { Texts } from '../read/texts.ts';
import { BANNER, isGenerated, type OutputFile } from './output.ts';

/** The hand-written files of the project's own chart, for a chart in another folder, and the list of them. */
export function renderHandWritten(own: Texts): OutputFile[] {
  const files = [...own]
    .filter(([, content]) => !isGenerated(content))
    .map(([path, content]) => ({ path, content }))
    .sort((a, b) => compare(a.path, b.path));
  const list = { $comment: BANNER, files: files.map(({ path }) => path) };
  return [...files, { path: PACKAGE_FILES_PATH, content: `${JSON.stringify(list, null, 2)}\n` }];
}
