import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../generate/digest.ts';
import type { InputWithChart } from '../generate/read.ts';
import { listParsers } from '../generate/validate/parser.ts';
import { write } from '../generate/write.ts';
import { PROJECT } from '../project-folder.ts';

/** Where the program lies that was built. What it remembers lies in it, so that it goes when that is built again, or another version comes. */
const DIST = join(PROJECT, 'dist');
const MEMORY = join(DIST, 'remembered');

/** Outcomes that are kept; the oldest go. */
const MOST = 20;

/**
 * A name for what comes of an input: a digest of that and of the program. Undefined where the program is not the one that was built, but sources
 * that are compiled as they are read.
 */
export function nameOutcome({ chart, ...input }: InputWithChart): string | undefined {
  const program = readProgram();
  // What lies in the chart beside its files can only be in the way of one that is to be written, and the list of the package's is one of its files.
  const { folder, files, own } = chart;
  return program && digestOf([process.version, program, input, { folder, files, own }]);
}

/** What was remembered under a name; undefined when nothing was. */
export function recall(name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(MEMORY, name), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Remembers an outcome. A program that may not write beside itself finds it out again. */
export function remember(name: string, outcome: object): void {
  try {
    const changed = [{ path: name, content: JSON.stringify(outcome) }];
    write(MEMORY, { changed, unchanged: [], stale: namesByAge().slice(MOST - 1) }, () => undefined);
  } catch {
    // Nobody asked for it.
  }
}

/** The names that there are, the youngest first. */
function namesByAge(): string[] {
  const names = statSync(MEMORY, { throwIfNoEntry: false }) ? readdirSync(MEMORY) : [];
  const ages = new Map(names.map((name) => [name, statSync(join(MEMORY, name)).mtimeMs]));
  return names.sort((a, b) => (ages.get(b) ?? 0) - (ages.get(a) ?? 0));
}

/** The program that runs, by the names of its files, and what tells of the parsers, which are not in it. Nothing else of node_modules has a part in generating. */
function readProgram(): readonly unknown[] | undefined {
  if (dirname(fileURLToPath(import.meta.url)) !== DIST) return undefined;
  const names = readdirSync(DIST).filter((name) => /\.(js|cjs|wasm)$/.test(name));
  return [new Map(names.map((name) => [name, readFileSync(join(DIST, name))])), listParsers().map((path) => readFileSync(path))];
}
