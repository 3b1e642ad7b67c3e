import { structuredPatch, formatPatch } from 'diff';
import { basename, dirname, relative, resolve } from 'node:path';
import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { readValuesText } from '../generate/read/texts.ts';
import { moveFolder, write, type Move } from '../generate/write.ts';
import type { Source } from '../edit/entries.ts';
import { printWritten, writeChart, type Written } from './generate.ts';
import type { Out, Values } from './options.ts';
import { aside, type Line, type Talk } from './talk.ts';

/** What an edit did to values.yaml, and then to the chart. */
export interface Edited extends Written {
  /** The difference of values.yaml, as diff prints it. */
  readonly difference: string;
  readonly moved?: Move;
}

/** Reads values.yaml to edit it. Throws InputError when it cannot be read. */
export function sourceOf({ values }: Values): Source {
  const file = relative(process.cwd(), resolve(values));
  return { file, text: readValuesText(file) };
}

/** Writes values.yaml and the chart. Throws InputError, and changes nothing, when the new text has problems. */
export async function save(
  talk: Pick<Talk<Edited>, 'during' | 'progress'>,
  source: Source,
  text: string,
  { values, out, move }: Values & Out & { readonly move?: Move },
): Promise<Edited> {
  await generate(readInput({ values, out, text }));
  const root = dirname(resolve(values));
  const moved = move && moveFolder(root, move) ? move : undefined;
  write(root, { changed: [{ path: basename(values), content: text }], unchanged: [], stale: [] }, () => undefined);
  return { difference: differenceOf(source, text), moved, ...(await writeChart(talk, { values, out, allowEmpty: true })) };
}

function differenceOf({ file, text }: Source, changed: string): string {
  return formatPatch(
    structuredPatch(file, file, withoutReturns(text), withoutReturns(changed), undefined, undefined, { context: 2 }),
  );
}

/** The returns of a file of Windows' would be shown as control characters. */
function withoutReturns(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** The difference, and what it did to the chart. */
export function printEdited({ difference, moved, ...written }: Edited): Line[] {
  return [aside(difference), ...(moved ? [aside(`moved ${moved.from} to ${moved.to}\n`)] : []), ...printWritten(written)];
}
