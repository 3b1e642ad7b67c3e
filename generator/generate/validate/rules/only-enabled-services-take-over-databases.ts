import type { Rule } from '../rule.ts';

/** Only a service that is enabled takes over a database. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services)
    .filter(([, { adopt, enabled }]) => adopt !== '' && !enabled)
    .map(([service]) => ({
      path: ['services', service, 'adopt'],
      message: `${service} is disabled; only a service that is enabled can take over a database`,
      hint: `Set services.${service}.enabled to true, or leave adopt out.`,
    }));
