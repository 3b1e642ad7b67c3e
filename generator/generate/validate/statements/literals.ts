import { holds, listAt, namesOf, nodeAt, nodesOf, readTyped, textAt, type Node, type Typed } from '../tree.ts';
import type { Refusal } from './refusal.ts';
import type { Service } from './service.ts';

/** How a text becomes a value, as far as that is decided by the text alone. */
interface Reader {
  readonly takes: RegExp;
  readonly refusal: (text: string, type: string) => Refusal;
}

const ARRAY: Reader = {
  takes: /^\s*((\[[+-]?\d+(:[+-]?\d+)?\])+\s*=\s*)?\{[^]*\}\s*$/,
  refusal: (text, type) => ({
    message: `'${text}' is no value of ${type}[]: an array is written in braces`,
    hint: "Write '{}' for one without elements, '{a,b}' for one of two.",
  }),
};

/** Parts with a point between them (SplitIdentifierString in PostgreSQL's source). */
const NAME: Reader = {
  takes: /^\s*("([^"]|"")+"|[^\s."]+)(\s*\.\s*("([^"]|"")+"|[^\s."]+))*\s*$/,
  refusal: (text) => ({
    message: `PostgreSQL cannot read '${text}' as a name`,
    hint: 'Write schema and name alone, with a point between them, and what has other characters in double quotes.',
  }),
};

/** A constant that cannot become what the statement makes of it. */
export function refuseLiterals({ type, node }: Typed, { major }: Pick<Service, 'major'>): Refusal | undefined {
  let refusal: Refusal | undefined;
  holds({ [type]: node }, (found) => {
    refusal = judge(found, major);
    return refusal !== undefined;
  });
  return refusal;
}

function judge({ type, node }: Typed, major: number): Refusal | undefined {
  if (type === 'TypeCast') return ofType(nodeAt(node, 'typeName'), [node['arg']]);
  if (type === 'ColumnDef') return ofType(nodeAt(node, 'typeName'), defaultsOf(node));
  // From 16 on it finds nothing by such a name, and that is all.
  return type === 'FuncCall' && major < 16 && namesOf(node['funcname']).at(-1) === 'to_regclass'
    ? read(NAME, 'regclass', listAt(node, 'args'))
    : undefined;
}

function ofType(type: Node, values: readonly unknown[]): Refusal | undefined {
  const name = namesOf(type['names']).at(-1) ?? '';
  if ('arrayBounds' in type) return read(ARRAY, name, values);
  return name === 'regclass' ? read(NAME, name, values) : undefined;
}

function defaultsOf({ constraints }: Node): unknown[] {
  return nodesOf(constraints).flatMap((each) => (each['contype'] === 'CONSTR_DEFAULT' ? [each['raw_expr']] : []));
}

function read({ takes, refusal }: Reader, type: string, values: readonly unknown[]): Refusal | undefined {
  const wrong = values.flatMap(textsOf).find((text) => !takes.test(text));
  return wrong === undefined ? undefined : refusal(wrong, type);
}

/** The texts that a value may be. */
function textsOf(value: unknown): string[] {
  const { type, node } = readTyped(value) ?? { type: '', node: {} };
  if (type === 'CoalesceExpr') return listAt(node, 'args').flatMap(textsOf);
  return type === 'A_Const' && 'sval' in node ? [textAt(nodeAt(node, 'sval'), 'sval')] : [];
}
