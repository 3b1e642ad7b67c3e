import type { PlatformLoginValues, RoleValues } from '../../../schema/values.types.ts';
import type { Complete, CompleteValues } from './contract.ts';

/** By which pg_hba.conf knows who opens the admin's database. */
export const PLATFORM_ROLE = 'shared_postgresql_platform';

type Entry = Complete<PlatformLoginValues>;

/** A login of the deployment itself that opens no service's database. */
export interface OwnLogin {
  /** As values.yaml has it. */
  readonly name: string;
  readonly user: string;
  readonly entry: Entry;
}

/** Those that values.yaml declares. */
export function ownLogins({ platformLogins }: Pick<CompleteValues, 'platformLogins'>): OwnLogin[] {
  return Object.entries(platformLogins)
    .filter(([, { access }]) => access === 'monitoring')
    .map(([name, entry]) => ({ name, user: `platform_${name.replaceAll('-', '_')}`, entry }));
}

/** Whether a role of a service is the platform's. */
export function isOfPlatform({ platformLogins }: Pick<CompleteValues, 'platformLogins'>, service: string, role: string): boolean {
  return Object.hasOwn(platformLogins, role) && platformLogins[role]?.services.includes(service) === true;
}

/**
 * The values with a role for each login of the platform in each service that it reads. A service can have what it likes run by whoever reads its
 * tables, with that login's rights, and so give the login a password of its own: a login that reads several would open the others to each.
 */
export function withRolesOfPlatform(values: CompleteValues): CompleteValues {
  const services = Object.entries(values.services).map(([service, entry]) => {
    const readers = Object.entries(values.platformLogins).filter(([name]) => isOfPlatform(values, service, name));
    const roles = readers.map(([name, login]) => [name, roleOf(login)] as const);
    return [service, { ...entry, roles: { ...entry.roles, ...Object.fromEntries(roles) } }] as const;
  });
  return { ...values, services: Object.fromEntries(services) };
}

function roleOf({ connectionLimit, rotation }: Entry): Complete<RoleValues> {
  return { access: 'readonly', user: '', secretName: '', connectionLimit, rotation, clientCertificate: '', existingSecret: '' };
}
