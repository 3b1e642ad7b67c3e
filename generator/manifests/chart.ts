import type { Generated } from '../generate/generate.ts';
import type { Texts } from '../generate/read/texts.ts';
import { renderHandWritten } from '../generate/render/hand-written.ts';
import type { OutputFile } from '../generate/render/output.ts';
import type { Passwords } from './passwords.ts';

/** A chart that has its passwords with it: for one rendering, and for nobody to keep. */
export function chartWith(passwords: Passwords, { files }: Generated, own: Texts): OutputFile[] {
  const content = JSON.stringify(Object.fromEntries(passwords));
  return [...files, ...renderHandWritten(own), { path: 'passwords.json', content, isPrivate: true }];
}
