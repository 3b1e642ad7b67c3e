import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

interface Login {
  readonly existingSecret: string;
  readonly rotation: number;
}

/** The External Secrets Operator makes a Secret once: it would go on naming the former login, which a rotation locks. */
export const rule: Rule = ({ values }) =>
  Object.entries(values.services)
    .filter(([, { passwords }]) => (passwords || values.auth.passwords) === 'externalSecret')
    .flatMap(([service, entry]) => [
      ...refuse(['services', service], service, entry),
      ...Object.entries(entry.roles).flatMap(([role, given]) => refuse(['services', service, 'roles', role], service, given)),
    ]);

function refuse(path: Finding['path'], service: string, { existingSecret, rotation }: Login): Finding[] {
  if (rotation === 0 || existingSecret !== '') return [];
  const message = 'a password that the External Secrets Operator makes is made once and does not rotate';
  const hint = `Take it out, or let the passwords come from elsewhere: services.${service}.passwords.`;
  return [{ path: [...path, 'rotation'], message, hint }];
}
