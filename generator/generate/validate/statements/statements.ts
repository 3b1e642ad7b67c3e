import type { Statement } from '../parser/library.ts';
import { refuseNewValues } from './enums.ts';
import { refuseLiterals } from './literals.ts';
import { refuseOutside, stepsOf, type Step } from './outside.ts';
import type { Refusal } from './refusal.ts';
import type { Service } from './service.ts';
import { JUDGES } from './table.ts';
import { isRecord } from '../../fields.ts';
import { holds, listAt, readTyped, textAt, type Typed } from '../tree.ts';

export type { Refusal } from './refusal.ts';

export interface Judgement {
  /** Why each statement cannot stand in the file; undefined for one that can. */
  readonly refusals: readonly (Refusal | undefined)[];
  /** How each is run, where the file runs outside a transaction. */
  readonly steps?: readonly Step[];
}

/** Looks at the statements of a schema file of a service. It runs outside a transaction when it says so, or when its one statement can run nowhere else. */
export function judge(statements: readonly Statement[], service: Service, isMarked: boolean): Judgement {
  const typed = statements.map(({ stmt }) => readTyped(stmt));
  const refusals = typed.map((statement) => statement && judgeOne(statement, service));
  const [only, ...others] = refusals;
  const isAlone = others.length === 0 && only?.runsOutside === true && typed[0]?.type !== 'DoStmt';
  if (isMarked || isAlone)
    return { refusals: typed.map((each, index) => judgeOutside(each, refusals[index])), steps: stepsOf(typed) };
  const ofEnums = refuseNewValues(typed);
  return { refusals: refusals.map((refusal, index) => refusal ?? ofEnums.get(index)) };
}

function judgeOutside(statement: Typed | undefined, refusal: Refusal | undefined): Refusal | undefined {
  const isLifted = refusal === undefined || refusal.runsOutside === true;
  return (statement && refuseOutside(statement)) ?? (isLifted ? undefined : refusal);
}

function judgeOne(statement: Typed, service: Service): Refusal | undefined {
  const { type, node } = statement;
  const judged = Object.hasOwn(JUDGES, type) ? JUDGES[type]?.(node, service) : undefined;
  return (
    judged ??
    judgeParts(statement, service) ??
    judgeBlock(statement, service) ??
    refuseParameters(statement) ??
    refuseLiterals(statement, service)
  );
}

const OF_ROLES = ['CreateRoleStmt', 'AlterRoleStmt', 'DropRoleStmt', 'GrantRoleStmt'];

/** Roles in the block of a DO: a condition that looks for the role first is met where values.yaml gives it. */
function judgeBlock({ type, node }: Typed, service: Service): Refusal | undefined {
  const parts = type === 'DoStmt' ? listAt(node, 'parts') : [];
  return parts
    .map((part) => {
      if (!isRecord(part)) return undefined;
      const statement = readTyped(part['stmt']);
      if (statement === undefined || !OF_ROLES.includes(statement.type)) return undefined;
      const isMissing = statement.type === 'CreateRoleStmt' && !service.roles.has(textAt(statement.node, 'role'));
      return part['isSure'] === true || isMissing ? judgeOne(statement, service) : undefined;
    })
    .find((refusal) => refusal !== undefined);
}

/** CREATE SCHEMA may have statements in it. */
function judgeParts({ type, node }: Typed, service: Service): Refusal | undefined {
  const parts = type === 'CreateSchemaStmt' ? listAt(node, 'schemaElts') : [];
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
