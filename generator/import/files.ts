import { stringify } from 'yaml';
import type { OutputFile } from '../generate/render/output.ts';
import type { ImportedService } from './entries.ts';

/** The confirmation by which a service takes its database over. */
export function confirmationOf({ database }: ImportedService): string {
  return `confirm-${database.name}-${database.oid}`;
}

/** The name of the schema file that a dump becomes. */
export const IMPORTED_FILE = '001_imported.sql';

/** A service as values.yaml has it. */
export interface WrittenService {
  readonly name: string;
  /** Its entry, in the contract's terms, without `adopt`. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Extensions that are not trusted, which the deployment must allow. */
  readonly allowed: readonly string[];
}

/** values.yaml for the services that were there; each waits for somebody to confirm that it takes its database over. */
export function valuesFor(services: readonly ImportedService[], major: number): string {
  const head = [
    'What a server had that was there before. Nothing of it is changed until an entry confirms it: take the # of its line adopt away,',
    'then `shared-postgresql baseline --all`, which records the schema files as applied, then plan and apply.',
  ];
  return valuesText(head, major, services, (service) => [`# adopt: ${confirmationOf(service)}`]);
}

/** values.yaml for what other tools' files declare; without a major it is the contract's default. */
export function valuesOfDeclared(services: readonly WrittenService[], major: number | undefined): string {
  const head = ['What files of other tools declare. Passwords are new ones, which the deployment makes: none was taken over.'];
  return valuesText(head, major, services, () => []);
}

function valuesText<S extends WrittenService>(
  head: readonly string[],
  major: number | undefined,
  services: readonly S[],
  before: (service: S) => readonly string[],
): string {
  const allowed = [...new Set(services.flatMap((service) => service.allowed))].sort();
  const server = [
    ...(major === undefined ? [] : [`  version: "${major}"`]),
    ...(allowed.length > 0 ? [`  allowedExtensions: [${allowed.join(', ')}]`] : []),
  ];
  return [
    '# yaml-language-server: $schema=chart/values.schema.json',
    '#',
    ...head.map((line) => `# ${line}`),
    '',
    ...(server.length > 0 ? ['postgresql:', ...server, ''] : []),
    services.length === 0 ? 'services: {}' : 'services:',
    ...services.map((service) => entryText(service, before(service))),
    '',
  ].join('\n');
}

function entryText({ name, entry }: WrittenService, before: readonly string[]): string {
  const fields = stringify(entry, { lineWidth: 0, version: '1.1', collectionStyle: 'any' }).trimEnd();
  return [`  ${JSON.stringify(name)}:`, ...[...before, ...fields.split('\n')].map((line) => `    ${line}`)].join('\n');
}

/** The schema file of a service, where its database has anything in it. */
export function schemaFileFor({ name }: Pick<WrittenService, 'name'>, text: string): OutputFile[] {
  return text === '' ? [] : [{ path: `schema/databases/${name}/${IMPORTED_FILE}`, content: text }];
}
