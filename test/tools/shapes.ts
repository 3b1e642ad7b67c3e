import { Ajv, type ValidateFunction } from 'ajv';

/** A text that is not empty. */
export const text = { type: 'string', minLength: 1 };

/** An object with these fields and no others, so that a slip in a name is seen. */
export const object = (properties: object, required: readonly string[]): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

/** The check of an object that has this for its spec. */
export function validatorOfSpec(spec: object): ValidateFunction {
  const metadata = object({ name: text, namespace: text, labels: { type: 'object' }, annotations: { type: 'object' } }, [
    'name',
    'namespace',
  ]);
  const manifest = object({ apiVersion: text, kind: text, metadata, spec }, ['apiVersion', 'kind', 'metadata', 'spec']);
  return new Ajv({ allErrors: true, strict: false }).compile(manifest);
}
