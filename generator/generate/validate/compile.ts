import { Ajv, type Options, type ValidateFunction } from 'ajv';

/** Every part stays a function of its own, which costs nothing until values have such a part; optimizing takes longer than it saves. */
export const OPTIONS: Options = {
  allErrors: true,
  verbose: true,
  strict: true,
  allowUnionTypes: true,
  inlineRefs: false,
  keywords: ['x-kind', 'x-effect', 'x-allowed'],
};

/** The contract as a function. Whoever checks many values compiles it once: that takes longer than all the checks. */
export function compile<T>(contract: object): ValidateFunction<T> {
  return new Ajv({ ...OPTIONS, code: { optimize: false } }).compile<T>(contract);
}
