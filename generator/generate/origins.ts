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
  { auth, services: entries }: Pick<CompleteValues, 'auth' | 'services'>,
  services: readonly WithLogins[],
  platformLogins: readonly { readonly user: string; readonly passwordSecret: string }[],
): string[] {
  const isDerived = (origin: string | undefined): boolean => (origin || auth.passwords) === 'derived';
  const ofServices = services
    .filter(({ name }) => isDerived(entries[name]?.passwords))
    .flatMap((service) => [service, ...service.roles])
    .filter(({ secretName, passwordSecret }) => secretName === passwordSecret);
  return [
    ...(isDerived('') && auth.admin.existingSecret === '' ? ['postgres'] : []),
    ...(isDerived('') ? platformLogins.filter(({ passwordSecret }) => passwordSecret === '').map(({ user }) => user) : []),
    ...ofServices.map(({ login }) => login),
  ];
}

/** The logins of services whose Secrets the platform team brings: one that it names, or with existingSecret all. */
export function ownedElsewhereOf(
  { auth, services: entries }: Pick<CompleteValues, 'auth' | 'services'>,
  services: readonly WithLogins[],
): string[] {
  return services.flatMap((service) => {
    const isExisting = (entries[service.name]?.passwords || auth.passwords) === 'existingSecret';
    const owned = [service, ...service.roles].filter((login) => isExisting || login.secretName !== login.passwordSecret);
    return owned.map(({ login }) => login);
  });
}
