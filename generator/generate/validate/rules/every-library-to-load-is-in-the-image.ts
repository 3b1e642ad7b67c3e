import type { Finding } from '../finding.ts';
import { listGiven, type GivenSetting } from '../given-settings.ts';
import { hasLibrary, isOfficialImage, majorOf } from '../image.ts';
import type { Rule } from '../rule.ts';
import { listItems } from '../setting-texts.ts';
import { textOf } from '../settings.ts';
import { shown } from '../shown.ts';

/** A server does not start, and nobody can log in, when one of these names a library that is not there. */
const LOADING = ['shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries'];

/** Every library that the server or its sessions load is in the official image, if that is the image. */
export const rule: Rule = ({ values }) =>
  isOfficialImage(values)
    ? listGiven(values)
        .filter(({ setting }) => LOADING.includes(setting.name))
        .flatMap((given) => findingsOf(given, majorOf(values)))
    : [];

function findingsOf({ name, path, value }: GivenSetting, major: number): Finding[] {
  const named = textOf(value).trim() === '' ? [] : listItems(textOf(value));
  // local_preload_libraries reads a folder of its own, in which the image has nothing.
  const missing = named.filter((library) => name === 'local_preload_libraries' || !isThere(library, major));
  return missing.map((library) => ({
    path,
    message: `the official image of PostgreSQL ${major} has no library ${shown(library)} that ${name} could load`,
    hint: 'Take it out, or name the image that has it in image.repository.',
  }));
}

function isThere(library: string, major: number): boolean {
  return hasLibrary(library.replace(/^\$libdir\//, '').replace(/\.so$/, ''), major);
}
