import type { Rule } from '../rule.ts';

/** The command deploy makes the passwords of all services, but for those that the platform team brings: what Helm made beside it would hold an authority that Helm does not know. */
export const rule: Rule = ({ values }) =>
  values.auth.passwords !== 'deploy'
    ? []
    : Object.entries(values.services)
        .filter(([, { passwords }]) => passwords !== '' && passwords !== 'existingSecret')
        .map(([service, { passwords }]) => ({
          path: ['services', service, 'passwords'],
          message: `it says ${passwords}, and auth.passwords is deploy, which makes those of all services`,
          hint: 'Take it out, or set it to existingSecret and bring the Secret.',
        }));
