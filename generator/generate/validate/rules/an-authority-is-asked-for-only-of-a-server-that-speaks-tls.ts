import { engineOf } from '../engine.ts';
import type { Rule } from '../rule.ts';
import { speaksTls } from '../tls.ts';

/** Whoever asks for verify-full has a server that speaks TLS: the forms of another say disable, and nobody would know whose server it is. */
export const rule: Rule = ({ values }) => {
  if (values.connections.sslmode !== 'verify-full' || speaksTls(values)) return [];
  const field = engineOf(values).isOurs ? 'tls.mode' : 'engine.external.tls.mode';
  return [
    {
      path: ['connections', 'sslmode'],
      message: `it is verify-full, but ${field} is off, and every form would say disable`,
      hint: `Set ${field} to another value, or take sslmode out.`,
    },
  ];
};
