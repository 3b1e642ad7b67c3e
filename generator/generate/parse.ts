import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node, type YAMLError } from 'yaml';
import { lineOf, type Path, type Position, type Problem } from './problem.ts';

/** values.yaml as data, with the means to say where each value stands. */
export interface ParsedValues {
  readonly file: string;
  readonly values: unknown;
  /** Where the value at a path stands, or, with `key`, the key that leads to it; the nearest parent when it is not written. */
  locate(path: Path, what?: 'key' | 'value'): Position;
  readonly problems: readonly Problem[];
}

/**
 * Parses YAML as Helm does (version 1.1: `yes` is a boolean), but refuses what Helm lets pass silently: duplicate keys.
 * An empty file is an empty map.
 */
export function parseValues(file: string, text: string): ParsedValues {
  const unreadable = unreadableCharacters(file, text);
  if (unreadable.length > 0) return { file, values: {}, locate: () => ({ line: 1, column: 1 }), problems: unreadable };
  const lines = new LineCounter();
  const document = parseDocument(text, { version: '1.1', lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const problems = [
    ...document.errors.map((error) => syntaxProblem(file, text, lines, error)),
    ...escapedCharacters(file, document, lines),
  ];
  const data = problems.length > 0 ? {} : toData(document);
  return {
    file,
    values: data instanceof Error ? {} : (data ?? {}),
    locate: (path, what = 'value') => positionOf(lines, offsetOf(document, path, what)),
    problems: data instanceof Error ? [{ file, message: `the YAML does not parse: ${data.message}` }] : problems,
  };
}

/**
 * What one of the two who read this file takes for the end of a line and the other does not, and what YAML has no place for (YAML 1.1,
 * "Line break characters" and "Character set"): a comment for us could be a field for Helm. Blanks, tabs and line feeds are fine.
 */
// eslint-disable-next-line no-control-regex -- they are what it is about
const UNREADABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function unreadableCharacters(file: string, text: string): Problem[] {
  return text.split('\n').flatMap((line, index) => {
    // A line may end as Windows ends it, and a file may begin with a byte order mark.
    const readable = line.replace(/\r$/, '').replace(index === 0 ? /^\ufeff/ : '', '');
    const found = UNREADABLE.exec(readable);
    if (!found) return [];
    const message = `the character ${nameOf(found[0])} has no place in this file`;
    const hint = 'Helm and the generator read it differently; remove it.';
    return [{ file, position: { line: index + 1, column: found.index + 1 }, message, hint }];
  });
}

/** The same characters, written as escapes: nothing that reads the value further on could carry them. */
function escapedCharacters(file: string, document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Scalar: (_, { value, range }) => {
      const found = typeof value === 'string' ? UNREADABLE.exec(value) : null;
      if (!found) return;
      const message = `the character ${nameOf(found[0])} cannot be carried to Kubernetes unchanged`;
      problems.push({ file, position: positionOf(lines, range?.[0] ?? 0), message, hint: 'Leave it out.' });
    },
  });
  return problems;
}

/** Thousands of services may share an anchor; anchors within anchors that multiply beyond that are an attack. */
const MOST_ALIASES = 100_000;

function toData(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function syntaxProblem(file: string, text: string, lines: LineCounter, error: YAMLError): Problem {
  const position = positionOf(lines, error.pos[0]);
  const duplicate = error.code === 'DUPLICATE_KEY';
  return {
    file,
    position,
    message: duplicate ? 'this key stands here twice' : `the YAML does not parse: ${error.message}`,
    hint: duplicate ? 'Helm would silently take the last one; remove one of them.' : undefined,
    excerpt: lineOf(text, position.line),
  };
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function offsetOf(document: Document, path: Path, what: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const found = child(node, step);
    if (!found) break;
    const last = depth === path.length - 1;
    offset = startOf(last && what === 'key' ? found.key : found.value) ?? startOf(found.key) ?? offset;
    node = found.value;
  }
  return offset;
}

function child(node: unknown, step: string | number): { key: unknown; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : undefined) === String(step));
    return pair && { key: pair.key, value: pair.value };
  }
  if (isSeq(node) && typeof step === 'number') return { key: node.items[step], value: node.items[step] };
  return undefined;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}
