import { stringify } from 'yaml';
import type { OutputFile } from '../generate/render/output.ts';
import type { ImportedService } from './entries.ts';

/** The confirmation by which a service takes its database over. */
export function confirmationOf({ database }: ImportedService): string {
  return `confirm-${database.name}-${database.oid}`;
}

/** The name of the schema file that a dump becomes. */
export const IMPORTED_FILE = '001_imported.sql';

/** values.yaml for the services that were there; each waits for somebody to confirm that it takes its database over. */
export function valuesFor(services: readonly ImportedService[], major: number): string {
  const allowed = [...new Set(services.flatMap((service) => service.allowed))].sort();
  return [
    '# yaml-language-server: $schema=chart/values.schema.json',
    '#',
    '# What a server had that was there before. Nothing of it is changed until an entry confirms it: take the # of its line adopt away,',
    '# then `shared-postgresql baseline --all`, which records the schema files as applied, then plan and apply.',
    '',
    `postgresql:`,
    `  version: "${major}"`,
    ...(allowed.length > 0 ? [`  allowedExtensions: [${allowed.join(', ')}]`] : []),
    '',
    services.length === 0 ? 'services: {}' : 'services:',
    ...services.map(entryText),
    '',
  ].join('\n');
}

function entryText(service: ImportedService): string {
  const fields = stringify(service.entry, { lineWidth: 0, version: '1.1', collectionStyle: 'any' }).trimEnd();
  const lines = [`# adopt: ${confirmationOf(service)}`, ...fields.split('\n')];
  return [`  ${JSON.stringify(service.name)}:`, ...lines.map((line) => `    ${line}`)].join('\n');
}

/** The schema file of a service, where its database has anything in it. */
export function schemaFileFor({ name }: ImportedService, text: string): OutputFile[] {
  return text === '' ? [] : [{ path: `schema/databases/${name}/${IMPORTED_FILE}`, content: text }];
}
