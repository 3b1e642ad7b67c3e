import type { Generated } from '../generate/generate.ts';
import type { Texts } from '../generate/read/texts.ts';
import { renderHandWritten } from '../generate/render/hand-written.ts';
import type { OutputFile } from '../generate/render/output.ts';
import type { PresentSecrets } from './objects.ts';
import type { Passwords } from './passwords.ts';

/** What a rendering is to keep, because no cluster is asked what is there. */
export interface Kept {
  readonly passwords: Passwords;
  /** What others are derived of, if somebody gave it. */
  readonly seed?: string;
  readonly present: PresentSecrets;
}

/** A chart that has with it what it is to keep: for one rendering, and for nobody else. */
export function chartWith({ passwords, seed, present }: Kept, { files }: Generated, own: Texts): OutputFile[] {
  const secrets = [
    { path: 'passwords.json', content: JSON.stringify(Object.fromEntries(passwords)), isPrivate: true },
    ...(seed === undefined ? [] : [{ path: 'seed.txt', content: seed, isPrivate: true }]),
    ...(Object.keys(present).length === 0 ? [] : [{ path: 'present.json', content: JSON.stringify(present), isPrivate: true }]),
  ];
  return [...files, ...renderHandWritten(own), ...secrets];
}
