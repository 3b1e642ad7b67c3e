import type { ParsedValues } from '../parse.ts';
import { formatPath, type Path, type Problem } from '../problem.ts';

/** What is wrong at a path of the values, before it is known where the path stands in the file. */
export interface Finding {
  readonly path: Path;
  /** Whether it is about the key that the path ends in, or about its value. */
  readonly what?: 'key' | 'value';
  readonly message: string;
  readonly allowed?: string;
  readonly hint?: string;
}

/** The finding with its place in values.yaml. */
export function problemOf(parsed: ParsedValues, { path, what, ...said }: Finding): Problem {
  return { file: parsed.file, position: parsed.locate(path, what), path: formatPath(path) || undefined, ...said };
}
