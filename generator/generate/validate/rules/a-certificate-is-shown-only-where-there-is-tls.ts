import { engineOf } from '../engine.ts';
import type { Rule } from '../rule.ts';
import { speaksTls } from '../tls.ts';

/** A login shows a certificate only to a server that speaks TLS. */
export const rule: Rule = ({ values }) =>
  speaksTls(values) || !engineOf(values).isOurs
    ? []
    : Object.entries(values.services).flatMap(([service, entry]) =>
        [
          { path: ['services', service], login: entry },
          ...Object.entries(entry.roles).map(([role, login]) => ({ path: ['services', service, 'roles', role], login })),
        ]
          .filter(({ login }) => login.clientCertificate !== '')
          .map(({ path }) => ({
            path: [...path, 'clientCertificate'],
            message: 'tls.mode is off, so nobody can show a certificate, and the login would be let in no more',
            hint: 'Set tls.mode to generated, certManager or existingSecret, or take it out.',
          })),
      );
