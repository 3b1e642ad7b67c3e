import { join } from 'node:path';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';

/** A project of many services, each with a connection limit and one schema file of its own text. */
export interface Input {
  readonly services: number;
  /** Of `auth.passwords`. */
  readonly passwords: string;
  readonly folder: string;
  readonly values: string;
  readonly chart: string;
}

/** So many fit into a release that has their Secrets. */
const MOST_WITH_SECRETS = 1500;

/** Writes values.yaml and the schema files of `services` services. */
export function writeInput(services: number, passwords = services > MOST_WITH_SECRETS ? 'deploy' : 'generated'): Input {
  const folder = temporaryFolder();
  const input = { services, passwords, folder, values: join(folder, 'values.yaml'), chart: join(folder, 'chart') };
  writeFiles(folder, filesFor(input));
  return input;
}

/** Adds the service with the number `services`, so that the project has one more. Its volume stays as it is: not every cluster enlarges one. */
export function addService(input: Input): void {
  const room = roomFor(input.services);
  writeFiles(input.folder, filesFor({ ...input, services: input.services + 1 }, room));
}

function filesFor(
  { services, passwords }: Pick<Input, 'services' | 'passwords'>,
  room = roomFor(services),
): Record<string, string> {
  const names = Array.from({ length: services }, (_, number) => `svc-${String(number).padStart(4, '0')}`);
  const entries = names.map((name) => `  ${name}: { connectionLimit: 1 }\n`);
  const schema = names.map((name, number) => [`schema/databases/${name}/001_tables.sql`, schemaFile(number)] as const);
  return {
    'values.yaml': `auth: { passwords: ${passwords} }\n${room}services:\n${entries.join('')}`,
    ...Object.fromEntries(schema),
  };
}

/** Memory and disk for so many services; buffers stay as they are in the reference deployment. */
function roomFor(services: number): string {
  return `resources: { limits: { memory: ${Math.ceil(1 + services / 300)}Gi } }
persistence: { size: ${2000 + 10 * services}Mi }
postgresql: { settings: { shared_buffers: 256MB } }
`;
}

function schemaFile(number: number): string {
  return `-- The orders of service ${number}.
CREATE TABLE "Orders${number}" (
  "Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  "Number" bigint NOT NULL,
  "CreatedAt" timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX "IX_Orders${number}_Number" ON "Orders${number}" ("Number");
`;
}
