import type { Rule } from '../rule.ts';

/** Only a service that is disabled can be dropped. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services)
    .filter(([, { drop, enabled }]) => drop !== '' && enabled)
    .map(([service]) => ({
      path: ['services', service, 'drop'],
      message: `${service} is enabled; only a service that is disabled can be dropped`,
      hint: `Set services.${service}.enabled to false and upgrade: its logins are locked, and nothing is written any more.`,
    }));
