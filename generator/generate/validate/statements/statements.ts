import type { Statement } from '../parser/library.ts';
import { refuseNewValues } from './enums.ts';
import type { Refusal } from './refusal.ts';
import type { Service } from './service.ts';
import { JUDGES } from './table.ts';
import { holds, readTyped, type Typed } from '../tree.ts';

export type { Refusal } from './refusal.ts';

/** Why the statements of a schema file of a service cannot stand in it, each at its place; undefined for one that can. */
export function judge(statements: readonly Statement[], service: Service): (Refusal | undefined)[] {
  const typed = statements.map(({ stmt }) => readTyped(stmt));
  const ofEnums = refuseNewValues(typed);
  return typed.map((statement, index) => (statement && judgeOne(statement, service)) ?? ofEnums.get(index));
}

function judgeOne(statement: Typed, service: Service): Refusal | undefined {
  const { type, node } = statement;
  const judged = Object.hasOwn(JUDGES, type) ? JUDGES[type]?.(node, service) : undefined;
  return judged ?? judgeParts(statement, service) ?? refuseParameters(statement);
}

/** CREATE SCHEMA may have statements in it. */
function judgeParts({ type, node }: Typed, service: Service): Refusal | undefined {
  const parts: readonly unknown[] = type === 'CreateSchemaStmt' && Array.isArray(node['schemaElts']) ? node['schemaElts'] : [];
  return parts
    .map(readTyped)
    .map((part) => part && judgeOne(part, service))
    .find((refusal) => refusal !== undefined);
}

/** Statements whose parameters are their own, or their body's. */
const WITH_PARAMETERS = ['CreateFunctionStmt', 'PrepareStmt'];

function refuseParameters({ type, node }: Typed): Refusal | undefined {
  if (WITH_PARAMETERS.includes(type) || !holds(node, (found) => found.type === 'ParamRef')) return undefined;
  return { message: 'there is no parameter $1 in a schema file', hint: 'Write the value where the parameter stands.' };
}
