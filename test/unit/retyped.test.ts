import { expect, test } from 'vitest';
import { explainType } from '../../generator/generate/validate/retyped.ts';
import { fits, placesOf, schemaAt, type Schema } from '../tools/contract-fields.ts';

/*
 * What is said of a value of a wrong type leads somewhere, in every field of the contract and every map and list above one: what a hint says to write
 * is of the right type, and a value is put between quotes only where it fits then.
 */
const WRONG = [0, 18, 30, true, '20', 'yes', 'off', 'hstore', 'hstore, citext', ['a']];

/** One of all that are defined alike. */
const SCHEMAS = new Map(
  placesOf()
    .filter(({ isKey }) => !isKey)
    .flatMap(({ steps }) => steps.map((_, index) => schemaAt(steps.slice(0, index + 1))))
    .map((schema) => [JSON.stringify({ ...schema, description: '', default: '' }), schema]),
);

const typeOf = ({ type }: Schema): Schema => ({ type });

/** What a hint says to write in the place of a value. */
function advised(hint: string, value: unknown): unknown {
  if (hint.startsWith('Put it between quotes')) return String(value);
  const [, plain, list] = /^Write (?:(\S+), without quotes|a list: \[(.*)\])\.$/.exec(hint) ?? [];
  return plain === undefined ? list?.split(', ') : JSON.parse(plain);
}

test('what a hint on a wrong type says to write is taken', () => {
  const tried = new Set<string>();
  const misled: unknown[] = [];
  for (const schema of SCHEMAS.values()) {
    for (const value of WRONG.filter((each) => typeof schema['type'] === 'string' && !fits(typeOf(schema), each))) {
      const { hint = '' } = explainType({ schema: schema['type'], parentSchema: schema, data: value });
      const instead = advised(hint, value);
      if (instead === undefined) continue;
      tried.add(hint.split(/[,:]/, 1).join());
      if (!fits(typeof instead === 'string' ? schema : typeOf(schema), instead)) misled.push({ schema, value, hint });
    }
  }
  expect(misled).toEqual([]);
  expect([...tried].sort()).toEqual(['Put it between quotes', 'Write 20', 'Write a list', 'Write false', 'Write true']);
});
