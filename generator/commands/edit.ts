import { structuredPatch, formatPatch } from 'diff';
import { basename, dirname, relative, resolve } from 'node:path';
import { generate } from '../generate/generate.ts';
import { printable } from '../generate/printable.ts';
import { readInput } from '../generate/read.ts';
import { readValuesText } from '../generate/read/texts.ts';
import { moveFolder, write, type Move } from '../generate/write.ts';
import type { Source } from '../edit/entries.ts';
import type { ExitCode } from './errors.ts';
import { run as writeChart } from './generate.ts';
import type { Out, Values } from './options.ts';

/** Reads values.yaml to edit it. Throws InputError when it cannot be read. */
export function sourceOf({ values }: Values): Source {
  const file = relative(process.cwd(), resolve(values));
  return { file, text: readValuesText(file) };
}

/** Shows the difference, and writes values.yaml and the chart. Throws InputError, and changes nothing, when the new text has problems. */
export async function save(
  source: Source,
  text: string,
  { values, out, move }: Values & Out & { readonly move?: Move },
): Promise<ExitCode> {
  await generate(readInput({ values, out, text }));
  console.log(printable(differenceOf(source, text)));
  const root = dirname(resolve(values));
  if (move && moveFolder(root, move)) console.log(printable(`moved ${move.from} to ${move.to}\n`));
  write(root, { changed: [{ path: basename(values), content: text }], unchanged: [], stale: [] }, () => undefined);
  return writeChart({ values, out, allowEmpty: true });
}

function differenceOf({ file, text }: Source, changed: string): string {
  return formatPatch(structuredPatch(file, file, text, changed, undefined, undefined, { context: 2 }));
}
