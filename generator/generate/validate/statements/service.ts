import type { CompleteValues } from '../contract.ts';
import { extensionsOf } from '../extensions.ts';
import { isOfficialImage, majorOf } from '../image.ts';
import { listNames, lookUp, type Names } from '../names.ts';

/** Whose schema files are looked at, and what they may name. */
export interface Service {
  /** The major of the server. */
  readonly major: number;
  readonly database: string;
  /** Its login roles: the owner's, and the second one that takes turns with it. */
  readonly logins: readonly string[];
  /** Every role that values.yaml gives, whoever's it is. */
  readonly roles: ReadonlySet<string>;
  /** The extensions that are there before its schema files run. */
  readonly extensions: readonly string[];
  /** Whether it is known of the image which extensions it has. */
  readonly isOfficialImage: boolean;
}

/** What is the same for all services, computed once. */
export function servicesOf(values: CompleteValues, names: Names): (name: string) => Service {
  const roles = new Set(listNames({ names, values }).map(({ text }) => text));
  const shared = { major: majorOf(values), roles, isOfficialImage: isOfficialImage(values) };
  return (name) => {
    const { database, user, second } = lookUp(names, name);
    const logins = second === undefined ? [user] : [user, second];
    const entry = values.services[name];
    return { ...shared, database, logins, extensions: entry ? extensionsOf(entry) : [] };
  };
}
