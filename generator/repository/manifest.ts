import { isRecord } from '../generate/fields.ts';
import { InputError } from '../generate/problem.ts';

/** What npm knows the program as. */
const PACKAGE = 'shared-postgresql';

/** The scripts that are the program's commands by the same name, and what CI runs. */
const SCRIPTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['generate', 'check', 'plan', 'apply', 'verify', 'dev', 'prove', 'report'].map((name) => [name, `${PACKAGE} ${name}`]),
  ),
  test: `${PACKAGE} check && ${PACKAGE} prove`,
};

/** A package.json with what was missing. */
export interface CompletedManifest {
  readonly text: string;
  /** The scripts that somebody has for something else, and keeps, each with what it would be. */
  readonly taken: readonly (readonly [name: string, wanted: string])[];
}

/** package.json with the program among its dependencies, and its scripts; what is there stays as it is. Throws InputError where it is no such file. */
export function completeManifest(file: string, present: string | undefined, version: string): CompletedManifest {
  const manifest = present === undefined ? { private: true } : parse(file, present);
  const scripts = mapIn(file, manifest, 'scripts');
  const isThere = ['dependencies', 'devDependencies'].some((kind) => Object.hasOwn(mapIn(file, manifest, kind), PACKAGE));
  const devDependencies = { ...mapIn(file, manifest, 'devDependencies'), [PACKAGE]: `^${version}` };
  const missing = Object.entries(SCRIPTS).filter(([name]) => !Object.hasOwn(scripts, name));
  const completed = {
    ...manifest,
    scripts: { ...scripts, ...Object.fromEntries(missing) },
    ...(isThere ? {} : { devDependencies }),
  };
  return {
    text: `${JSON.stringify(completed, null, indentOf(present))}\n`,
    taken: Object.entries(SCRIPTS).filter(([name, wanted]) => Object.hasOwn(scripts, name) && scripts[name] !== wanted),
  };
}

/** As npm keeps it. */
function indentOf(text = ''): string {
  return /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
}

function mapIn(file: string, manifest: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = manifest[key] ?? {};
  if (isRecord(value)) return value;
  throw new InputError([{ file, message: `${key} is no object`, hint: 'Mend it, or name another folder: init FOLDER.' }]);
}

function parse(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const manifest: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isRecord(manifest)) return manifest;
  } catch {
    // What is no JSON is no package.json either.
  }
  throw new InputError([{ file, message: 'this is no JSON object', hint: 'Mend it, or name another folder: init FOLDER.' }]);
}
