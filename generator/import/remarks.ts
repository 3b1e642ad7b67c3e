import type { ImportedService } from './entries.ts';
import type { FoundRole, FoundServer, Remark } from './found.ts';

/** What of a server values.yaml does not keep, beside what was said of each service: a sentence for each thing. */
export function remarksOn(server: FoundServer, services: readonly ImportedService[]): Remark[] {
  const logins = new Set(services.map(({ user }) => user));
  const keys = new Set(services.map(({ database }) => database.name));
  const isLeft = ({ name }: FoundRole): boolean => !logins.has(name) && !keys.has(name);
  return [
    ...services.flatMap(remarksOnService),
    ...server.roles.filter(isLeft).map((role) => ({ about: 'server', sentence: sentenceOn(role) })),
    ...server.settings
      .filter(({ role, database }) => role === '' && database === '')
      .map(({ name }) => ({
        about: 'server',
        sentence: `${name} is set for all roles: postgresql.settings has it for the whole server`,
      })),
    {
      about: 'server',
      sentence: 'the first run takes CONNECT on postgres, template0 and template1 from PUBLIC: only the admin opens these',
    },
  ];
}

function sentenceOn({ name, canLogIn, attributes, memberOf, databases }: FoundRole): string {
  const what = [
    ...(attributes.length > 0 ? [`is ${attributes.join(' and ')}`] : []),
    ...(memberOf.length > 0 ? [`is a member of ${memberOf.join(', ')}`] : []),
    ...(databases.length > 0 ? [`has something in ${databases.join(', ')}`] : []),
  ];
  const shut = canLogIn ? ", though the chart's pg_hba.conf lets it in no more" : '';
  return `role ${name} ${what.length > 0 ? what.join(', ') : 'owns nothing'}; it is not declared, and stays as it is${shut}`;
}

function remarksOnService({ database, user }: ImportedService): Remark[] {
  const { name, tablespace, inside } = database;
  const others = (inside?.owners ?? []).filter((owner) => owner.name !== user && owner.name !== name);
  const readers = (inside?.readers ?? []).filter((reader) => reader.name !== user && reader.name !== name);
  const sentences = [
    ...others.map(
      (owner) =>
        `${owner.name} owns ${owner.objects} of what is in it, and keeps that; plan --compare all has the statement that gives each to ${user}`,
    ),
    ...readers.map(
      (reader) =>
        `${reader.name} ${reader.writes ? 'reads and writes' : 'reads'} tables; to keep it as a role of the service: roles: { ${roleNameOf(reader.name)}: { user: ${reader.name}${reader.writes ? ', access: readwrite' : ''} } }`,
    ),
    ...(tablespace === 'pg_default'
      ? []
      : [`it lies in the tablespace ${tablespace}, where it stays; one that is made anew lies in pg_default`]),
    ...(inside?.others ?? []).map((each) => `${each.kind} ${each.name} stays, and no schema file makes it`),
  ];
  return sentences.map((sentence) => ({ about: name, sentence }));
}

function roleNameOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-$/g, '')
      .slice(0, 32) || 'reader'
  );
}
