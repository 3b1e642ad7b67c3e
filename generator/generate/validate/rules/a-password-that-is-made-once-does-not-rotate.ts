import type { CompleteValues } from '../contract.ts';
import type { Finding } from '../finding.ts';
import type { Rule } from '../rule.ts';

interface Login {
  readonly existingSecret: string;
  readonly rotation: number;
}

/** The External Secrets Operator makes a Secret once: it would go on naming the former login, which a rotation locks, or the former password. */
export const rule: Rule = ({ values }) => [
  ...refuseOwn(values),
  ...Object.entries(values.services)
    .filter(([, { passwords }]) => (passwords || values.auth.passwords) === 'externalSecret')
    .flatMap(([service, entry]) => [
      ...refuse(['services', service], `services.${service}.passwords`, entry),
      ...Object.entries(entry.roles).flatMap(([role, given]) =>
        refuse(['services', service, 'roles', role], `services.${service}.passwords`, given),
      ),
    ]),
];

/** Of the deployment's own logins, the archive's where there is one, and those of the platform. */
function refuseOwn({ auth, backup: { pointInTime }, platformLogins }: CompleteValues): Finding[] {
  if (auth.passwords !== 'externalSecret') return [];
  return [
    ...refuse(['auth', 'admin'], 'auth.admin.existingSecret', auth.admin),
    ...(pointInTime.enabled ? refuse(['backup', 'pointInTime'], 'backup.pointInTime.existingSecret', pointInTime) : []),
    ...Object.entries(platformLogins).flatMap(([name, login]) =>
      refuse(['platformLogins', name], `platformLogins.${name}.existingSecret`, login),
    ),
  ];
}

function refuse(path: Finding['path'], elsewhere: string, { existingSecret, rotation }: Login): Finding[] {
  if (rotation === 0 || existingSecret !== '') return [];
  const message = 'a password that the External Secrets Operator makes is made once and does not rotate';
  return [{ path: [...path, 'rotation'], message, hint: `Take it out, or let the password come from elsewhere: ${elsewhere}.` }];
}
