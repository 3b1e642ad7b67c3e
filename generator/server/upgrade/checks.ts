import { EXTENSIONS } from '../../generate/validate/extensions.ts';
import { valueAt } from '../../generate/fields.ts';
import { listShort } from '../../generate/lists.ts';
import type { Service } from '../../generate/model.ts';
import { check, type Check } from '../checks.ts';
import type { Facts, Inside, ServiceDatabase } from './facts.ts';

/** Whether the image is one of the new major. Of a digest, and of a name of one's own, only who made it knows. */
export function checkImage(values: unknown, { from, to }: { readonly from: number; readonly to: number }): Check {
  const textAt = (...path: readonly string[]): string => {
    const text = valueAt(values, path);
    return typeof text === 'string' ? text : '';
  };
  const tag = textAt('image', 'tag');
  const digest = textAt('image', 'digest');
  const isStale = /^\d/.test(tag) && Number.parseInt(tag) !== to;
  const former = textAt('postgresql', 'upgradeFrom', 'tag') || `${from}-bookworm`;
  return check(
    'the images',
    [
      isStale && `image.tag is ${tag}; write a tag of PostgreSQL ${to} there, or take it out`,
      digest !== '' &&
        textAt('postgresql', 'version') !== String(to) &&
        `image.digest is that of the image which runs; take it out, or write that of PostgreSQL ${to} there and set postgresql.version to '${to}'`,
    ],
    [`PostgreSQL ${from} is taken out by the tag ${former} of image.repository; postgresql.upgradeFrom.tag names another`],
  );
}

/** Which versions an image has is for it to say. */
export function checkPins(services: readonly Pick<Service, 'name' | 'placements'>[], to: number): Check {
  return check(
    'pinned extensions',
    [],
    services.flatMap(({ name, placements }) => {
      const pinned = Object.entries(placements).flatMap(([extension, { version }]) =>
        version === undefined ? [] : [`${extension} ${version}`],
      );
      return pinned.length === 0
        ? []
        : [
            `${name}: ${listShort(pinned)} must be in the image of PostgreSQL ${to}; else the container bring-over says so, and nothing is changed`,
          ];
    }),
  );
}

/** What a server has, held against what an upgrade to another major brings over. */
export function checkServer(facts: Facts, to: number): Check[] {
  const { databases, closed, others, slots } = facts;
  return [
    check(
      `PostgreSQL ${facts.major} and ${to}`,
      [],
      [`${databases.length} databases of services come along, one after the other`],
    ),
    check(
      'databases that let nobody in',
      closed.map(
        ({ service, database }) =>
          `${service}: database ${database} is shut, and would stay behind; open it by ALTER DATABASE with ALLOW_CONNECTIONS true`,
      ),
    ),
    check('prepared transactions', each(databases, preparedIn)),
    check('the place of the ledger', each(databases, ledgerIn)),
    checkExtensions(databases, to),
    check('what the services made', each(databases, unloggedIn(to)), each(databases, viewsIn(to))),
    check('locales', [], each(databases, localeOf(to))),
    check(
      'replication',
      [],
      [
        slots.length > 0 && `slots do not come along: ${listShort(slots)}; who reads them begins anew`,
        ...each(databases, replicatedIn),
      ],
    ),
    check(
      'databases that no service ever had',
      [],
      [others.length > 0 && `they stay in the data of PostgreSQL ${facts.major} alone: ${listShort(others)}`],
    ),
  ];
}

type Look = (inside: Inside, database: ServiceDatabase) => string | false;

/** What a look finds, under the names of the services. */
function each(databases: readonly ServiceDatabase[], look: Look): string[] {
  return databases.flatMap((database) => {
    const found = look(database.inside, database);
    return found === false ? [] : [`${database.service}: ${found}`];
  });
}

const preparedIn: Look = ({ prepared }) =>
  prepared > 0 &&
  `it has ${prepared} prepared transactions, which no dump has; commit them, or roll them back (pg_prepared_xacts)`;

const ledgerIn: Look = ({ ledger }) =>
  ledger === 'another' &&
  'something of its own stands in the place of the ledger, the schema shared_postgresql; have it give that another name';

function checkExtensions(databases: readonly ServiceDatabase[], to: number): Check {
  const gone = (name: string): boolean => EXTENSIONS.get(name)?.majors.includes(to) === false;
  const foreign = (name: string): boolean => !EXTENSIONS.has(name);
  return check(
    'extensions',
    each(databases, ({ extensions }) => {
      const names = extensions.filter(gone);
      return names.length > 0 && `PostgreSQL ${to} has no ${listShort(names)}; drop what it has no use for there`;
    }),
    each(databases, ({ extensions }) => {
      const names = extensions.filter(foreign);
      return names.length > 0 && `the image of PostgreSQL ${to} must have ${listShort(names)}, which PostgreSQL does not ship`;
    }),
  );
}

/** The first major that refuses partitioned tables which are unlogged. */
const ALWAYS_LOGGED = 18;

const unloggedIn =
  (to: number): Look =>
  ({ unlogged }) =>
    to >= ALWAYS_LOGGED &&
    unlogged.length > 0 &&
    `PostgreSQL ${to} has no partitioned tables that are unlogged (${listShort(unlogged)}); have them made anew without UNLOGGED, their partitions may be`;

const viewsIn =
  (to: number): Look =>
  ({ views }) =>
    views.length > 0 &&
    `views that read PostgreSQL's own (${listShort(views)}) cannot be brought over where those are others in ${to}`;

const localeOf =
  (to: number): Look =>
  (_, { locale }) =>
    locale !== undefined && `the image of PostgreSQL ${to} must have the locale ${locale}`;

const replicatedIn: Look = ({ publications, subscriptions }) => {
  const names = [...publications, ...subscriptions];
  return names.length > 0 && `its publications and subscriptions do not come along: ${listShort(names)}`;
};
