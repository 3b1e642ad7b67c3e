import { lineOf, positionAt, type Position, type Problem } from '../problem.ts';
import { judgeObjects, type Beginning, type ReadFile } from './objects/judge.ts';
import { placeStatements } from './statements/lines.ts';

/** A schema file that the parser has read, by its path. */
export interface ReadSchemaFile extends ReadFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Refuses what schema files, in the order in which they are applied to a new database, name though nothing makes it, or make twice. */
export function checkObjects(files: readonly ReadSchemaFile[], beginning: Beginning): Problem[] {
  return judgeObjects(files, beginning).map(({ file, index, location, message, hint }) => {
    const position = location === undefined ? startOf(file, index) : placeIn(file, location);
    return { file: file.path, position, message, hint, excerpt: lineOf(file.text, position.line) };
  });
}

function startOf({ bytes, statements }: ReadSchemaFile, index: number): Position {
  return placeStatements(bytes, statements).starts[index] ?? { line: 1, column: 1 };
}

function placeIn({ text, bytes }: ReadSchemaFile, location: number): Position {
  return positionAt(text, new TextDecoder().decode(bytes.subarray(0, location)).length);
}
