import type { Generated } from '../generate/generate.ts';
import type { Texts } from '../generate/read/texts.ts';
import { renderHandWritten } from '../generate/render/hand-written.ts';
import type { OutputFile } from '../generate/render/output.ts';
import type { Certificates } from './objects.ts';
import type { Passwords } from './passwords.ts';

/** What a rendering is to keep, because no cluster is asked what is there. */
export interface Kept {
  readonly passwords: Passwords;
  readonly certificates: Certificates;
}

/** A chart that has with it what it is to keep: for one rendering, and for nobody else. */
export function chartWith({ passwords, certificates }: Kept, { files }: Generated, own: Texts): OutputFile[] {
  const secrets = [
    { path: 'passwords.json', content: JSON.stringify(Object.fromEntries(passwords)), isPrivate: true },
    ...(Object.keys(certificates).length === 0
      ? []
      : [{ path: 'certificates.json', content: JSON.stringify(certificates), isPrivate: true }]),
  ];
  return [...files, ...renderHandWritten(own), ...secrets];
}
