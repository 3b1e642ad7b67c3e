import type { Rule } from '../rule.ts';
import { speaksTls } from '../tls.ts';

/** TLS is required only of a server that speaks it: nobody could connect to another. */
export const rule: Rule = ({ values }) =>
  values.tls.required && !speaksTls(values)
    ? [
        {
          path: ['tls', 'required'],
          message: 'it is true, but tls.mode is off, and nobody could connect',
          hint: 'Set tls.mode to generated, certManager or existingSecret, or tls.required to false.',
        },
      ]
    : [];
