import type { Rule } from '../rule.ts';

/** What the lines of a run begin with when they are about the whole server, and the generator's when they are about no problem. */
const BEGINNINGS = new Set(['server', 'reported', 'retained', 'note', 'services']);

/** A service's name begins every line about it, so it is none that the lines about the whole server begin with. */
export const rule: Rule = ({ names }) =>
  [...names.keys()]
    .filter((service) => BEGINNINGS.has(service))
    .map((service) => ({
      path: ['services', service],
      message: `"${service}" is what lines about the whole server begin with`,
      hint: `Choose another name; taken are ${[...BEGINNINGS].join(', ')}.`,
    }));
