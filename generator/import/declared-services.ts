import { escapeIdentifier } from 'pg';
import { EXTENSIONS } from '../generate/validate/extensions.ts';
import { onServer, type Declared, type DeclaredDatabase, type DeclaredRole } from './declared.ts';
import { isName, nameFor, NO_SERVICES, OWN } from './entries.ts';
import { whyNoExtension } from './extensions.ts';
import type { WrittenService } from './files.ts';
import type { Remark } from './found.ts';

/** A service of what a file declares, with the text of its schema file, which is empty when there is none. */
export interface DeclaredService extends WrittenService {
  readonly schema: string;
}

/** The services of what files declare, and what of these cannot be kept. */
export interface DeclaredServices {
  /** Undefined when nothing says it, or the contract does not take it. */
  readonly major: number | undefined;
  readonly services: readonly DeclaredService[];
  readonly remarks: readonly Remark[];
}

const MAJORS = [15, 16, 17, 18];

/** Chooses a service for each database that a service can have. No server is asked, so that names alone decide. */
export function servicesOfDeclared({ major, databases, roles, remarks }: Declared): DeclaredServices {
  const all = oncePerName(databases);
  const usable = all.filter(({ name }) => obstacleOf(name) === undefined);
  const names = new Set<string>(NO_SERVICES);
  const logins = new Set<string>();
  const made = usable.map((database) => serviceOf(database, { roles, usable, names, logins }));
  const isKnown = major === undefined || MAJORS.includes(major);
  return {
    major: isKnown ? major : undefined,
    services: made.map(({ service }) => service),
    remarks: [
      ...all.flatMap(({ name }) => refusalOf(name)),
      ...made.flatMap((each) => each.remarks),
      ...roles.filter(({ name }) => !OWN.includes(name) && !all.some(({ owner }) => owner === name)).map(onOther),
      ...(isKnown
        ? []
        : [onServer(`PostgreSQL ${major} cannot be had: ${MAJORS.join(', ')} can, and nothing said is the newest`)]),
      ...remarks,
    ],
  };
}

/** Two places may say something of one database: a manifest, and a script that runs in it. */
function oncePerName(databases: readonly DeclaredDatabase[]): Required<DeclaredDatabase>[] {
  return [...new Set(databases.map(({ name }) => name))].map((name) => {
    const all = databases.filter((each) => each.name === name);
    return {
      name,
      owner: all.find(({ owner = '' }) => owner !== '')?.owner ?? '',
      extensions: [...new Set(all.flatMap(({ extensions = [] }) => extensions))].filter((each) => each !== 'plpgsql'),
      schemas: [...new Set(all.flatMap(({ schemas = [] }) => schemas))],
      fields: Object.fromEntries(all.flatMap(({ fields = {} }) => Object.entries(fields))),
    };
  });
}

function obstacleOf(name: string): string | undefined {
  if (OWN.includes(name)) return "it is the admin's own, and no service's: what is to be in it needs a database of its own";
  return isName(name)
    ? undefined
    : 'it becomes no service: values.yaml has no place for its name, but for letters, digits, _ and -';
}

function refusalOf(name: string): Remark[] {
  const sentence = obstacleOf(name);
  return sentence === undefined ? [] : [{ about: name, sentence }];
}

interface Around {
  readonly roles: readonly DeclaredRole[];
  readonly usable: readonly DeclaredDatabase[];
  readonly names: Set<string>;
  readonly logins: Set<string>;
}

function serviceOf(database: Required<DeclaredDatabase>, around: Around): { service: DeclaredService; remarks: Remark[] } {
  const { name, owner, schemas, fields } = database;
  const obstacle = owner === '' || OWN.includes(owner) ? '' : whyNoLogin(owner, around);
  const role = obstacle === undefined ? around.roles.find((each) => each.name === owner) : undefined;
  if (obstacle === undefined) around.logins.add(owner);
  const kept = database.extensions.filter((each) => whyNoExtension(each) === undefined);
  const service = {
    name: nameFor(name, around.names),
    entry: {
      database: name,
      ...(obstacle === undefined ? { user: owner } : {}),
      ...(role?.connectionLimit === undefined ? {} : { connectionLimit: role.connectionLimit }),
      ...(kept.length > 0 ? { extensions: kept } : {}),
      ...fields,
    },
    allowed: kept.filter((each) => EXTENSIONS.get(each)?.isTrusted === false),
    schema: schemas.map((each) => `${['CREATE SCHEMA', escapeIdentifier(each)].join(' ')};\n`).join(''),
  };
  const sentences = [
    ...(obstacle ? [`its owner ${owner} cannot be its login: ${obstacle}. The service gets the login ${name}_user`] : []),
    ...(role === undefined ? [] : lossesOf(role)),
    ...database.extensions.flatMap((each) => onExtension(each)),
  ];
  return { service, remarks: sentences.map((sentence) => ({ about: name, sentence })) };
}

function whyNoLogin(owner: string, { usable, logins }: Around): string | undefined {
  if (usable.some(({ name }) => name === owner)) return 'a role with the name of a database is the key that opens it';
  if (!isName(owner)) return 'values.yaml has no place for its name';
  return logins.has(owner) ? 'it is the login of another service, and a login has one database' : undefined;
}

/** What a login of a service never has. */
function lossesOf({ name, attributes, memberOf }: DeclaredRole): string[] {
  return [
    ...(attributes.length > 0 ? [`${name} is not ${attributes.join(' and ')} any more: no service's login is`] : []),
    ...(memberOf.length > 0 ? [`${name} is not a member of ${memberOf.join(', ')} any more`] : []),
  ];
}

function onExtension(name: string): string[] {
  const why = whyNoExtension(name);
  return why === undefined ? [] : [`extension ${name} is not declared: ${why}`];
}

function onOther({ name, attributes, memberOf }: DeclaredRole): Remark {
  const what = [
    ...(attributes.length > 0 ? [` is ${attributes.join(' and ')}`] : []),
    ...(memberOf.length > 0 ? [` is a member of ${memberOf.join(', ')}`] : []),
  ];
  const way = 'a further login of a service stands in roles of its entry';
  return onServer(`role ${name}${what.join(' and')}${what.length > 0 ? ';' : ' owns no database;'} it is not declared: ${way}`);
}
