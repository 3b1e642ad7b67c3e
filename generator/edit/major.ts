import { isDeepStrictEqual } from 'node:util';
import { isRecord, valueAt } from '../generate/fields.ts';
import { parseValues } from '../generate/parse.ts';
import { InputError } from '../generate/problem.ts';
import type { Source } from './entries.ts';
import { withLineEndsOf, withValue, type Steps } from './text.ts';

/** The majors between which a server is upgraded. */
export interface Majors {
  readonly from: number;
  readonly to: number;
}

/** A field of the values, and what it is to say. */
interface Wanted {
  readonly steps: Steps;
  readonly name: string;
  readonly value: string;
}

/** The text that asks for an upgrade. What an earlier one left there no longer holds. Throws InputError when it cannot be edited. */
export function withUpgrade(source: Source, majors: Majors): string {
  const values = valuesOf(source);
  const wanted = wantedOf(values, majors).filter(({ steps, name, value }) => valueAt(values, [...steps, name]) !== value);
  const text = wanted.reduce<string | undefined>(
    (before, { steps, name, value }) => before && withValue(before, steps, name, value),
    source.text,
  );
  const meant = wanted.reduce((before, { steps, name, value }) => withField(before, [...steps, name], value), values);
  if (text !== undefined && isDeepStrictEqual(parseValues(source.file, text).values, meant))
    return withLineEndsOf(source.text, text);
  const message = 'it is written in a form that this command does not edit';
  const lines = wanted.map(({ steps, name, value }) => `${[...steps, name].join('.')}: '${value}'`);
  throw new InputError([{ file: source.file, message, hint: `Make it say by hand ${lines.join(', ')}.` }]);
}

function wantedOf(values: unknown, { from, to }: Majors): Wanted[] {
  const steps = ['postgresql'];
  const former = [...steps, 'upgradeFrom'];
  const back = [...steps, 'returnFrom'];
  const wasOther = valueAt(values, [...former, 'version']) !== String(from) && isGiven(valueAt(values, [...former, 'tag']));
  return [
    { steps, name: 'version', value: String(to) },
    { steps: former, name: 'version', value: String(from) },
    ...(wasOther ? [{ steps: former, name: 'tag', value: '' }] : []),
    ...(isGiven(valueAt(values, [...back, 'version'])) ? [{ steps: back, name: 'version', value: '' }] : []),
  ];
}

const isGiven = (value: unknown): boolean => typeof value === 'string' && value !== '';

function withField(values: unknown, [step, ...rest]: Steps, value: string): unknown {
  if (step === undefined) return value;
  const map = isRecord(values) ? values : {};
  return { ...map, [step]: withField(map[step], rest, value) };
}

/** Throws InputError when the text has problems: then nobody knows what it says. */
function valuesOf({ file, text }: Source): unknown {
  const { values, problems } = parseValues(file, text);
  if (problems.length > 0) throw new InputError(problems);
  return values;
}
