import { engineOf } from '../engine.ts';
import type { Rule } from '../rule.ts';

/** Passwords that the command deploy makes are for a server that it can ask, since it installs on no other. */
export const rule: Rule = ({ values }) =>
  values.auth.passwords !== 'deploy' || engineOf(values).unasked === undefined
    ? []
    : [
        {
          path: ['auth', 'passwords'],
          message: `deploy makes these passwords, and installs nothing where engine.kind is ${values.engine.kind}`,
          hint: 'Set it to generated, or to what docs/passwords.md has for Argo CD and Flux.',
        },
      ];
