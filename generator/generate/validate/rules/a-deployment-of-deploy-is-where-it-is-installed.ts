import type { Rule } from '../rule.ts';

/** The command deploy looks for the Secrets in the namespace that it is given. */
export const rule: Rule = ({ values: { auth, namespaceOverride } }) =>
  auth.passwords !== 'deploy' || namespaceOverride === ''
    ? []
    : [
        {
          path: ['namespaceOverride'],
          message: 'auth.passwords is deploy, which keeps the Secrets in the namespace that it installs to',
          hint: `Take it out, and say \`deploy --namespace ${namespaceOverride}\`.`,
        },
      ];
