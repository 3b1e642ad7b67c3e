import { engineOf } from '../engine.ts';
import { pathOf } from '../given-settings.ts';
import type { Rule } from '../rule.ts';

/** No setting is one that the operator keeps for itself, or for whose sake it works in every database as the superuser. */
export const rule: Rule = ({ values }) => {
  const { operator } = engineOf(values);
  if (operator === undefined) return [];
  const { fixed, namespaces } = operator.settings;
  const hint = 'Take it out.';
  return Object.keys(values.postgresql.settings).flatMap((name) => {
    const extension = namespaces.find((each) => name.startsWith(`${each}.`));
    if (fixed.includes(name))
      return [{ path: pathOf(name), message: `${operator.name} sets it, and refuses another value`, hint }];
    if (extension === undefined) return [];
    const message = `${operator.name} would make the extension ${extension} in the database of every service, as the superuser`;
    return [{ path: pathOf(name), message, hint }];
  });
};
