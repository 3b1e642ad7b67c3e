import { EXTENSIONS } from '../extensions.ts';
import type { Rule } from '../rule.ts';

/** No extension that the admin creates for services gives them what is the server's or another's. */
export const rule: Rule = ({ values }) =>
  values.postgresql.allowedExtensions.flatMap((name, index) => {
    const refusal = EXTENSIONS.get(name)?.refusal;
    if (refusal === undefined) return [];
    const message = `the extension "${name}" cannot be allowed on a shared server. ${refusal}`;
    const hint = "Take it out; the chart's README says of every extension of PostgreSQL whether it can be allowed.";
    return [{ path: ['postgresql', 'allowedExtensions', index], message, hint }];
  });
