import type { ErrorObject, ValidateFunction } from 'ajv';
import type { ServiceValues, Values } from '../../../schema/values.types.ts';
import { isRecord, valueAt } from '../fields.ts';
import { oncePer } from '../once.ts';
import type { ParsedValues } from '../parse.ts';
import type { Path, Problem } from '../problem.ts';
import { compile } from './compile.ts';
import { complete } from './defaults.ts';
import { problemOf, type Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import { explainType } from './retyped.ts';
import { shown } from './shown.ts';
import { hintOnSlip } from './slips.ts';

/** Every field present, at every depth: what the contract's defaults guarantee once values are checked against it. */
export type Complete<T> = T extends readonly (infer Item)[]
  ? readonly Complete<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]-?: Complete<NonNullable<T[Key]>> }
    : T;

export type CompleteValues = Complete<Values>;

export interface CheckedValues {
  /** The values with the contract's defaults, without the parts that have a problem. */
  readonly values: CompleteValues;
  /** A service about which values.yaml says nothing. */
  readonly defaults: Complete<ServiceValues>;
  readonly problems: readonly Problem[];
}

/** Checks values against the contract. What does not fit is left out of the result, so that the rest can be checked further. */
export function checkContract(parsed: ParsedValues, contract: object): CheckedValues {
  const { fits, namesFit, defaults } = compileContract(contract);
  const values = complete(contract, parsed.values);
  const isNamedRight = namesFit(parsed.values);
  if (fits(values) && isNamedRight) return { values, defaults, problems: [] };
  const errors = firstCauses([...(fits.errors ?? []), ...(namesFit.errors ?? [])]);
  const rest = complete(contract, withoutParts(parsed.values, errors));
  if (!fits(rest)) throw new Error('the contract does not hold for values without the parts that broke it');
  return { values: rest, defaults, problems: errors.map((error) => problemOf(parsed, findingOf(parsed.values, error))) };
}

function defaultService(contract: object, fits: ValidateFunction<CompleteValues>): Complete<ServiceValues> {
  const values = complete(contract, { services: { any: {} } });
  const service = fits(values) ? values.services['any'] : undefined;
  if (!service) throw new Error('an empty service does not fit the contract');
  return service;
}

/** Compiling takes longer than all the checks. */
const compileContract = oncePer((contract: object) => {
  const { fits, namesFit } = compile<CompleteValues>(contract);
  return { fits, namesFit, defaults: defaultService(contract, fits) };
});

/** Of several errors about one value, the first: a wrong type is a wrong pattern and a wrong enum as well. */
function firstCauses(errors: readonly ErrorObject[]): ErrorObject[] {
  const firsts = new Map<string, ErrorObject>();
  for (const error of errors) {
    const about = JSON.stringify([error.instancePath, error.propertyName, extraProperty(error)]);
    if (!firsts.has(about)) firsts.set(about, error);
  }
  // These two only say that one of the others is there.
  return [...firsts.values()].filter(({ keyword }) => !['propertyNames', 'if'].includes(keyword));
}

/** Leaves out the services, or else the top-level fields, that errors are about. */
function withoutParts(values: unknown, errors: readonly ErrorObject[]): unknown {
  const parts = errors.map(partOf);
  if (!isRecord(values) || parts.some(({ field }) => field === undefined)) return {};
  const rest = leaveOut(values, new Set(parts.map(({ field, service }) => (service === undefined ? field : undefined))));
  const services = rest['services'];
  return isRecord(services) ? { ...rest, services: leaveOut(services, new Set(parts.map(({ service }) => service))) } : rest;
}

/** The top-level field that an error is about, and if that is `services`, which of them. */
function partOf(error: ErrorObject): { readonly field?: string; readonly service?: string } {
  const last = error.propertyName ?? extraProperty(error);
  const [field, service] = [...stepsOf(error.instancePath), ...(last === undefined ? [] : [last])];
  return field === 'services' ? { field, service } : { field };
}

function leaveOut(record: Readonly<Record<string, unknown>>, keys: ReadonlySet<string | undefined>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !keys.has(name)));
}

function findingOf(values: unknown, error: ErrorObject): Finding {
  const parent = pathOf(values, error.instancePath);
  const named = error.propertyName ?? extraProperty(error);
  if (named !== undefined) {
    const path = [...parent, named];
    return { path, what: 'key', ...withHint(explain(error, named), hintOnSlip(error, valueAt(values, path))) };
  }
  const written = valueAt(values, parent) ?? error.data;
  const isFilledUp =
    isRecord(written) && Object.keys(written).length < Object.keys(isRecord(error.data) ? error.data : {}).length;
  return {
    path: parent,
    ...withHint(explain(error, written), hintOnSlip(error, written)),
    ...(isFilledUp ? { hint: 'What values.yaml leaves out has its default.' } : {}),
  };
}

function extraProperty(error: ErrorObject): string | undefined {
  const extra: unknown = error.params['additionalProperty'];
  return typeof extra === 'string' ? extra : undefined;
}

/** A JSON pointer as a path into the values, which know whether digits are an index of a list or a key of a map. */
function pathOf(values: unknown, pointer: string): Path {
  const path: (string | number)[] = [];
  let parent = values;
  for (const step of stepsOf(pointer)) {
    path.push(Array.isArray(parent) ? Number(step) : step);
    parent = Array.isArray(parent) ? parent[Number(step)] : isRecord(parent) ? parent[step] : undefined;
  }
  return path;
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function withHint(explanation: Explanation, hint: string | undefined): Explanation {
  return hint === undefined ? explanation : { ...explanation, hint };
}

type Explanation = Pick<Finding, 'message' | 'allowed' | 'hint'>;

/** Says what is wrong with what was written: values that are checked have the defaults beside it. */
function explain(error: ErrorObject, written: unknown): Explanation {
  // Of a map with a field too many it is the whole map, for each of them.
  if (error.keyword === 'additionalProperties') return unknownField(error);
  const found = error.parentSchema?.['writeOnly'] === true ? 'what stands there' : shown(written);
  switch (error.keyword) {
    case 'type':
      return { message: `${found} is not allowed`, ...explainType(error) };
    case 'enum':
      return { message: `${found} is not allowed`, allowed: `must be one of ${list(error.schema)}` };
    case 'required':
      return { message: `${found} lacks the field ${String(error.params['missingProperty'])}` };
    case 'uniqueItems':
      return { message: `${found} names something twice; each may stand there once` };
    default:
      return { message: `${found} is not allowed`, allowed: allowedBy(error) };
  }
}

function unknownField(error: ErrorObject): Explanation {
  const extra = extraProperty(error) ?? '';
  const properties: unknown = error.parentSchema?.['properties'];
  const known = Object.keys(isRecord(properties) ? properties : {}).sort();
  const meant = nearest(extra, known);
  return {
    message: `there is no such field${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    hint: `The fields here are: ${known.join(', ')}.`,
  };
}

function allowedBy(error: ErrorObject): string {
  const allowed: unknown = error.parentSchema?.['x-allowed'];
  return typeof allowed === 'string' ? `must be ${allowed}` : (error.message ?? 'does not fit the contract');
}

function list(values: unknown): string {
  return [values]
    .flat()
    .map((value) => String(value) || 'empty')
    .join(', ');
}
