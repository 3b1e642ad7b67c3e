import { Composer, LineCounter, Parser, type CST, type Document, type ScalarTag, type YAMLError } from 'yaml';
import { CONFLICT, conflictIn } from './conflict.ts';
import { adviceOn } from './parse/advice.ts';
import { findUnreadable } from './parse/characters.ts';
import { REFUSED_TAG, type Flaw } from './parse/flaw.ts';
import { resolveDocument } from './parse/resolve.ts';
import { findTooDeep, flawsOfTokens } from './parse/tokens.ts';
import { dataOf, offsetAt, treeOf, type Tree } from './parse/tree.ts';
import type { Path, Position, Problem } from './problem.ts';

/** values.yaml as data, with the means to say where each value stands. */
export interface ParsedValues {
  readonly file: string;
  readonly values: unknown;
  /** Where the value at a path stands, or, with `key`, the key that leads to it; the nearest parent when it is not written. */
  locate(path: Path, what?: 'key' | 'value'): Position;
  readonly problems: readonly Problem[];
}

/**
 * Parses YAML as Helm 3 and 4 do, and refuses what they read differently, do not read, or let pass silently: duplicate keys, say.
 * An empty file is an empty map.
 */
export function parseValues(file: string, text: string): ParsedValues {
  const lines = new LineCounter();
  const { tree, problems } = read(file, text, lines);
  return {
    file,
    values: problems.length > 0 ? {} : (dataOf(tree) ?? {}),
    locate: (path, what = 'value') => positionOf(lines, offsetAt(tree, path, what)),
    problems,
  };
}

interface Read {
  readonly tree: Tree;
  readonly problems: readonly Problem[];
}

/** Each step is asked only if the one before has nothing to say: it relies on that. */
function read(file: string, text: string, lines: LineCounter): Read {
  const refused = (problems: readonly Problem[]): Read => ({ tree: treeOf(0, { scalar: null }), problems });
  const problemOf = ({ offset, ...flaw }: Flaw): Problem => ({ ...placeOf(lines, text, offset), file, ...flaw });

  const unreadable = unreadableCharacters(file, text);
  if (unreadable.length > 0) return refused(unreadable);
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const tooDeep = findTooDeep(tokens);
  // Its line may be as long as it is deep.
  if (tooDeep) return refused([{ ...problemOf(tooDeep), excerpt: undefined }]);
  const { document, others, errors } = compose(tokens, text.length);
  if (errors.length > 0) return refused(flawsOf(text, errors).map(problemOf));
  const foreign = [...flawsOfTokens(text, tokens), ...others.map(secondDocument)];
  if (foreign.length > 0) return refused(foreign.map(problemOf));
  const { tree, flaws } = resolveDocument(document);
  return { tree, problems: flaws.map(problemOf) };
}

function compose(tokens: readonly CST.Token[], length: number) {
  // Once the parser is lost, whatever follows is unexpected to it, and not even in its place.
  const lost = tokens.findIndex(({ type }) => type === 'error');
  const read = lost < 0 ? tokens : tokens.slice(0, lost + 1);
  const [document, ...others] = new Composer(OPTIONS).compose(read, true, length);
  if (!document) throw new Error('the composer gave no document');
  // A bracket that closes too far left is only worth a warning, and read alike.
  const doubts = document.warnings.filter(({ code }) => code !== 'BAD_INDENT');
  return { document, others, errors: [...document.errors, ...doubts] };
}

/** Scalars come as texts with their tags; what they mean is settled in one place, `resolveDocument`. */
const OPTIONS = {
  schema: 'failsafe',
  customTags: ['null', 'bool', 'int', 'float'].map(textTagged),
  resolveKnownTags: false,
  uniqueKeys: false,
  merge: false,
  strict: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

function textTagged(name: string): ScalarTag {
  return { tag: `tag:yaml.org,2002:${name}`, default: false, resolve: (text) => text };
}

function secondDocument({ range }: Document.Parsed): Flaw {
  return {
    offset: range[0],
    message: 'here a second document begins',
    hint: 'Helm and the generator read one; remove the line ---.',
  };
}

function unreadableCharacters(file: string, text: string): Problem[] {
  return text.split('\n').flatMap((line, index) => {
    // A line may end as Windows ends it, and a file may begin with a byte order mark.
    const readable = line.replace(/\r$/, '').replace(index === 0 ? /^\ufeff/ : '', '');
    const found = findUnreadable(readable);
    if (!found) return [];
    const message = `the character ${found.name} has no place in this file`;
    const hint = 'Helm and the generator read it differently; remove it.';
    return [{ file, position: { line: index + 1, column: found.index + 1 }, message, hint }];
  });
}

function flawsOf(text: string, errors: readonly YAMLError[]): Flaw[] {
  const conflict = conflictIn(text);
  return conflict === undefined ? errors.map(flawOf) : [{ offset: conflict, ...CONFLICT }];
}

function flawOf({ code, pos, message }: YAMLError): Flaw {
  const hint = adviceOn({ code, message });
  return {
    offset: pos[0],
    ...(code === 'TAG_RESOLVE_FAILED' ? REFUSED_TAG : { message: `the YAML does not parse: ${message}`, ...(hint && { hint }) }),
  };
}

function placeOf(lines: LineCounter, text: string, offset: number): Pick<Problem, 'position' | 'excerpt'> {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const [excerpt] = text.slice(offset === 0 ? 0 : start).split(/\r?\n/, 1);
  return { position: positionOf(lines, offset), excerpt };
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
