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

/** What a role of a service may do that is the platform's; undefined for one of the service's own. */
export function accessOfPlatform(
  { platformLogins }: Pick<CompleteValues, 'platformLogins'>,
  service: string,
  role: string,
): 'readonly' | 'migrator' | undefined {
  const login = Object.hasOwn(platformLogins, role) ? platformLogins[role] : undefined;
  return login?.access === 'monitoring' || login?.services.includes(service) !== true ? undefined : login.access;
}

/**
 * The values with a role for each login of the platform in each service that it reads or migrates. A service can have what it likes run by whoever reads
 * or changes its tables, with that login's rights, and so give the login a password of its own: a login of several would open the others to each.
 */
export function withRolesOfPlatform(values: CompleteValues): CompleteValues {
  const services = Object.entries(values.services).map(([service, entry]) => {
    const logins = Object.entries(values.platformLogins).filter(
      ([name]) => accessOfPlatform(values, service, name) !== undefined,
    );
    const roles = logins.map(([name, login]) => [name, roleOf(login)] as const);
    return [service, { ...entry, roles: { ...entry.roles, ...Object.fromEntries(roles) } }] as const;
  });
  return { ...values, services: Object.fromEntries(services) };
}

/** What a migrator may do, which no role of a service's own has, is settled in the model. */
function roleOf({ connectionLimit, rotation }: Entry): Complete<RoleValues> {
  return { access: 'readonly', user: '', secretName: '', connectionLimit, rotation, clientCertificate: '', existingSecret: '' };
}
