import type { CompleteValues } from './validate/contract.ts';

interface Login {
  /** The one in use. */
  readonly login: string;
  readonly secretName: string;
  readonly passwordSecret: string;
}

interface WithLogins extends Login {
  readonly name: string;
  readonly roles: readonly Login[];
}

/** The logins whose passwords are computed of a seed: of the services, and of the deployment itself. Takes those that the values have. */
export function derivedLoginsOf(
  { auth, backup, services: entries }: Pick<CompleteValues, 'auth' | 'backup' | 'services'>,
  services: readonly WithLogins[],
  platformLogins: readonly { readonly user: string }[],
): string[] {
  const isDerived = (origin: string | undefined): boolean => (origin || auth.passwords) === 'derived';
  const ofServices = services
    .filter(({ name }) => isDerived(entries[name]?.passwords))
    .flatMap((service) => [service, ...service.roles])
    .filter(({ secretName, passwordSecret }) => secretName === passwordSecret);
  return [
    ...(isDerived('') && auth.admin.existingSecret === '' ? ['postgres'] : []),
    ...(isDerived('') && backup.pointInTime.existingSecret === '' ? platformLogins.map(({ user }) => user) : []),
    ...ofServices.map(({ login }) => login),
  ];
}
