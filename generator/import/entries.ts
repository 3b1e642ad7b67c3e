import { isLibcLocale } from '../generate/validate/locales.ts';
import { fieldsOfLive } from './extensions.ts';
import type { FoundDatabase, FoundInside, FoundRole, FoundServer, Remark } from './found.ts';
import { settingsOf } from './settings.ts';

/** A service that a database becomes. */
export interface ImportedService {
  readonly name: string;
  readonly database: FoundDatabase;
  /** Its login role. */
  readonly user: string;
  /** Its entry in values.yaml, in the contract's terms, without `adopt`. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Extensions that are not trusted, which the deployment must allow. */
  readonly allowed: readonly string[];
}

/** The services that a server's databases become, and what of them cannot be kept. */
export interface ImportedServices {
  readonly services: readonly ImportedService[];
  readonly remarks: readonly Remark[];
}

/** PostgreSQL's own databases: no service is one. */
export const OWN = ['postgres', 'template0', 'template1'];

/** What the contract takes as a name in SQL. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;

/** Whether values.yaml has a place for the name of a database, or of a login. */
export function isName(name: string): boolean {
  return NAME.test(name) && !/^(pg_|public$|none$)/i.test(name);
}

/** What the report calls what is no service. */
export const NO_SERVICES: readonly string[] = ['server', 'reported', 'retained', 'note', 'services'];

/** Chooses the services of a server: one for each database that a service can have. */
export function servicesOf(server: FoundServer): ImportedServices {
  const remarks: Remark[] = [];
  const names = new Set<string>(NO_SERVICES);
  const logins = new Set<string>();
  const services = server.databases.flatMap((database) => {
    const { inside } = database;
    const isUsable = !OWN.includes(database.name) && obstacleOf(database) === undefined;
    const made = isUsable && inside !== undefined ? serviceOf({ ...database, inside }, server, { names, logins }) : undefined;
    remarks.push(...sentencesOn(database, made, server).map((sentence) => ({ about: database.name, sentence })));
    return made === undefined ? [] : [made.service];
  });
  return { services, remarks };
}

interface Made {
  readonly service: ImportedService;
  readonly sentences: readonly string[];
}

interface Taken {
  readonly names: Set<string>;
  readonly logins: Set<string>;
}

function serviceOf(database: Readable, server: FoundServer, { names, logins }: Taken): Made {
  const login = loginOf(database, server, logins);
  const { user, remark } = login;
  logins.add(user);
  const { entry, allowed, sentences } = entryOf(database, login, server);
  const service = { name: nameFor(database.name, names), database, user, entry, allowed };
  return { service, sentences: [...(remark === undefined ? [] : [remark]), ...sentences] };
}

function sentencesOn(database: FoundDatabase, made: Made | undefined, server: FoundServer): readonly string[] {
  if (made !== undefined) return [...made.sentences, ...remarksOnKey(database, server)];
  const obstacle = OWN.includes(database.name) ? ofTheAdmin(database) : obstacleOf(database);
  return obstacle === undefined ? [] : [obstacle];
}

function ofTheAdmin({ inside }: FoundDatabase): string | undefined {
  const objects = inside?.owners.reduce((sum, { objects: more }) => sum + more, 0) ?? 0;
  if (objects === 0) return undefined;
  return `it is the admin's own, and no service's, and somebody's things are in it (${objects}): move them into a database of their own`;
}

/** Why a database becomes no service. */
function obstacleOf({ name, isOpen, inside }: FoundDatabase): string | undefined {
  if (!isName(name))
    return 'values.yaml has no place for its name: give it another of letters, digits, _ and - (ALTER DATABASE … RENAME TO)';
  if (!isOpen || inside === undefined) return 'nobody may connect to it, so that nobody can look into it; it stays undeclared';
  return undefined;
}

/** A database that was looked into. */
type Readable = FoundDatabase & { readonly inside: FoundInside };

/** A service's name, of its database's, that no other has. */
export function nameFor(database: string, taken: Set<string>): string {
  const plain =
    database
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 50) || 'database';
  const numbers = Array.from({ length: taken.size + 1 }, (_, index) => (index === 0 ? plain : `${plain}-${index + 1}`));
  const name = numbers.find((each) => !taken.has(each)) ?? plain;
  taken.add(name);
  return name;
}

interface Login {
  readonly user: string;
  /** The role that logged in until now, whose limits it gets: itself, or the one whose place it takes. */
  readonly before: string;
  readonly remark?: string;
}

/** The role that owns most of a database, if it can be its service's login; otherwise a new one. */
function loginOf({ name, owner, inside }: Readable, server: FoundServer, taken: ReadonlySet<string>): Login {
  const [first] = [...inside.owners].sort((a, b) => b.objects - a.objects);
  const wanted = first?.name ?? owner;
  const obstacle = whyNoLogin(wanted, name, server, taken);
  if (obstacle === undefined) return { user: wanted, before: wanted };
  const user = freeLogin(name, server, taken);
  const what = first === undefined ? 'owns the database' : 'owns most of what is in it';
  const way =
    wanted === name
      ? `what it owns becomes ${user}'s when the database is taken over`
      : `give what it owns to ${user} once the database is taken over`;
  const before = server.roles.some((role) => role.name === wanted && role.canLogIn) ? wanted : user;
  return {
    user,
    before,
    remark: `${wanted} ${what} and cannot be its login: ${obstacle}. The service gets the login ${user}; ${way}`,
  };
}

/** A name that no role has: one that is there would be taken over with the database. */
function freeLogin(database: string, { roles }: FoundServer, taken: ReadonlySet<string>): string {
  const names = ['user', 'login', 'service', 'owner'].map((ending) => `${database.slice(0, 55)}_${ending}`);
  return names.find((name) => !taken.has(name) && !roles.some((role) => role.name === name)) ?? `${database.slice(0, 55)}_user`;
}

function whyNoLogin(
  wanted: string,
  database: string,
  { roles, databases }: FoundServer,
  taken: ReadonlySet<string>,
): string | undefined {
  const role = roles.find(({ name }) => name === wanted);
  if (role === undefined) return 'it is the admin';
  if (databases.some(({ name }) => name === wanted)) return 'a role with the name of a database is the key that opens it';
  if (!isName(wanted)) return 'values.yaml has no place for its name';
  if (!role.canLogIn) return 'it cannot log in';
  const elsewhere = role.databases.filter((each) => each !== database);
  if (taken.has(wanted)) return 'it is the login of another service, and a login has one database';
  return whyNeverTaken(role, elsewhere);
}

/** Why provisioning takes a role over for nobody, as the plan has it. */
function whyNeverTaken({ attributes, memberOf }: FoundRole, elsewhere: readonly string[]): string | undefined {
  if (attributes.length > 0) return `it is ${attributes.join(' and ')}`;
  if (memberOf.length > 0) return `it is a member of ${memberOf.join(', ')}`;
  if (elsewhere.length > 0) return `it owns something, or has privileges, in ${elsewhere.join(', ')} as well`;
  return undefined;
}

/** The key that opens a database has its name; a role that has it already becomes that. */
function remarksOnKey({ name }: FoundDatabase, { roles }: FoundServer): string[] {
  const key = roles.find((role) => role.name === name);
  if (key === undefined) return [];
  const obstacle = whyNeverTaken(
    key,
    key.databases.filter((each) => each !== name),
  );
  if (obstacle === undefined) return key.canLogIn ? [`role ${name} becomes the key that opens it, and logs in no more`] : [];
  return [
    `role ${name} has its name and cannot be the key that opens it: ${obstacle}. Mend that, or give the role another name (ALTER ROLE … RENAME TO)`,
  ];
}

interface Entry {
  readonly entry: ImportedService['entry'];
  readonly allowed: readonly string[];
  readonly sentences: readonly string[];
}

function entryOf(database: Readable, { user, before }: Login, server: FoundServer): Entry {
  const { fields, sentences } = settingsOf(server, database.name, { user, before });
  const extensions = fieldsOfLive(database.inside.extensions);
  const limit = [roleLimit(server, before), database.connectionLimit].find((each) => each > 0);
  return {
    entry: {
      database: database.name,
      user,
      ...(limit === undefined ? {} : { connectionLimit: limit }),
      ...extensions.fields,
      ...(database.encoding === 'UTF8' ? {} : { encoding: database.encoding }),
      ...localeOf(database, server.major),
      ...fields,
    },
    allowed: extensions.allowed,
    sentences: [
      ...(limit === undefined
        ? ['its login had no limit of connections, and gets 20: connectionLimit in its entry is another']
        : []),
      ...extensions.sentences,
      ...sentences,
    ],
  };
}

function roleLimit({ roles }: FoundServer, user: string): number {
  return roles.find(({ name }) => name === user)?.connectionLimit ?? -1;
}

/** Where the database would be made anew like that; a locale of another system is left to whoever makes it. */
function localeOf({ provider, locale }: FoundDatabase, major: number): Readonly<Record<string, unknown>> {
  const isKnown = provider === 'libc' ? isLibcLocale(locale) : provider === 'icu' || major >= 17;
  return isKnown && locale !== '' ? { locale: { provider, name: locale } } : {};
}
