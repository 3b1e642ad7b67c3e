import type { PlatformLoginValues } from '../../../schema/values.types.ts';
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

/** Those that values.yaml declares, by name. */
export function ownLogins({ platformLogins }: Pick<CompleteValues, 'platformLogins'>): OwnLogin[] {
  return Object.entries(platformLogins).map(([name, entry]) => ({ name, user: `platform_${name.replaceAll('-', '_')}`, entry }));
}
