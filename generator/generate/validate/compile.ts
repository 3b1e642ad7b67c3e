import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { inlined, isRecord, mapValues } from '../fields.ts';

/** The contract as functions. */
export interface Compiled<T> {
  readonly fits: ValidateFunction<T>;
  /** Whether the names fit. What is null is taken out before it is checked; its name is there for Helm. */
  readonly namesFit: ValidateFunction;
}

/** What each function is compiled of, and how. */
export function sourcesOf(contract: object): Readonly<Record<keyof Compiled<unknown>, { schema: object; options: Options }>> {
  const every: Options = { allErrors: true, verbose: true };
  return {
    // Every part stays a function of its own, which costs nothing until values have such a part.
    fits: {
      schema: contract,
      options: {
        ...every,
        strict: true,
        allowUnionTypes: true,
        inlineRefs: false,
        keywords: ['x-kind', 'x-effect', 'x-group', 'x-allowed'],
      },
    },
    namesFit: { schema: namesOf(inlined(contract)), options: { ...every, strict: false } },
  };
}

/** Whoever checks many values compiles once: that takes longer than all the checks. Optimizing would take longer than it saves. */
export function compile<T>(contract: object): Compiled<T> {
  const { fits, namesFit } = sourcesOf(contract);
  const code = { optimize: false };
  return {
    fits: new Ajv({ ...fits.options, code }).compile<T>(fits.schema),
    namesFit: new Ajv({ ...namesFit.options, code }).compile(namesFit.schema),
  };
}

/** Of a schema, what it says of the names that people choose, and of those that there are. */
function namesOf(schema: unknown): Record<string, unknown> {
  const { properties, additionalProperties: entry, items, allOf, propertyNames } = isRecord(schema) ? schema : {};
  return {
    ...(isRecord(properties) ? { properties: mapValues(properties, namesOf) } : {}),
    ...(isRecord(entry) ? { additionalProperties: namesOf(entry) } : entry === false ? { additionalProperties: false } : {}),
    ...(isRecord(items) ? { items: namesOf(items) } : {}),
    ...(Array.isArray(allOf) ? { allOf: allOf.map(namesOf) } : {}),
    ...(isRecord(propertyNames) ? { propertyNames } : {}),
  };
}
