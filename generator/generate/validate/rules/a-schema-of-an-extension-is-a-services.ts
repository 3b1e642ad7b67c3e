import { ownerOfSchema } from '../extensions.ts';
import type { Rule } from '../rule.ts';

/** An extension is placed in a schema that a service may have: not in PostgreSQL's, nor in the admin's. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services).flatMap(([service, { placedExtensions }]) =>
    Object.entries(placedExtensions).flatMap(([name, { schema }]) => {
      const owner = ownerOfSchema(schema);
      if (owner === undefined) return [];
      const path = ['services', service, 'placedExtensions', name, 'schema'];
      return [{ path, message: `the schema ${schema} is ${owner}`, hint: 'Name another schema, or leave it out.' }];
    }),
  );
