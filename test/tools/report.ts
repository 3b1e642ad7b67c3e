import { join } from 'node:path';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import { readPage } from '../../generator/generate/read/project.ts';
import { renderReport, type Report } from '../../generator/page/report.ts';
import type { Survey } from '../../generator/server/survey.ts';
import type { Reference, Table, Tables } from '../../generator/server/tables.ts';
import { writeFiles } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { project } from './project.ts';

/** A report on services of these names, as if a server had all that the values ask for; `say` writes every text that a server may give. */
export async function reportOn(names: readonly string[], say: (text: string) => string = (text) => text): Promise<Report> {
  const folder = temporaryFolder();
  const entries = names.map((name) => `  ${name}: { connectionLimit: 1 }\n`);
  const room = names.length > 100 ? 'resources: { limits: { memory: 8Gi } }\npersistence: { size: 20Gi }\n' : '';
  writeFiles(folder, { 'values.yaml': `${room}services:\n${entries.join('')}` });
  const generated = await generate(readInput({ values: join(folder, 'values.yaml') }, project));
  const { services } = generated.model;
  const survey: Survey = {
    server: {
      address: say('db:5432'),
      version: say('18.4'),
      since: '2026-11-20 03:00 UTC',
    },
    databases: new Map(
      services.map(({ database }, index) => [database, { bytes: 7_900_000 * (1 + (index % 9)), sessions: index % 3 }]),
    ),
    plan: [
      { service: names[0] ?? '', statement: say('ALTER ROLE a NOSUPERUSER'), reason: say('attributes of the role differ') },
      { service: 'server', statement: say('-- database other'), reason: say('nobody declared it'), reported: true },
    ],
    restarts: [
      {
        service: 'server',
        statement: say('max_connections = 300'),
        reason: say('started with 200'),
        reported: true,
        danger: 'restarts',
      },
    ],
    access: {
      attempts: services.map(({ name, user, database }) => ({
        service: name,
        user,
        database: say(database),
        own: true,
        outcome: 'open',
      })),
      wrong: [say('a: there is no login a_user')],
    },
    isProven: true,
    tables: new Map(services.map(({ name }) => [name, tablesOf(say)])),
  };
  return {
    made: '2026-11-28 05:30 UTC',
    program: '0.1.0',
    generated,
    remarks: [say('a remark')],
    found: { on: 'the deployment', survey },
  };
}

export const render = (report: Report): Promise<string> => renderReport(report, readPage());

const NAMES = ['customers', 'orders', 'order_lines', 'invoices', 'payments', 'audit_log'];

function tablesOf(say: (text: string) => string): Tables {
  const references = [
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 3],
  ].map(([from, to]): Reference => ({
    from: { table: String(from), column: 2 },
    to: { table: String(to), column: 1 },
    isUnique: from === 4,
  }));
  return { total: NAMES.length, tables: NAMES.map((name, index) => tableOf(name, index, say)), references };
}

function tableOf(name: string, index: number, say: (text: string) => string): Table {
  const columns = ['id', 'of', 'status', 'amount', 'created_at'].map((column, place) => ({
    number: place + 1,
    name: say(column),
    type: say(['uuid', 'bigint', 'text', 'numeric', 'timestamp with time zone'][place] ?? ''),
    isKey: place === 0,
    isRequired: place % 2 === 0,
  }));
  return {
    id: String(index),
    schema: say('public'),
    name: say(name),
    comment: say('what it is'),
    rows: 1,
    bytes: 8192,
    columns,
    width: 5,
  };
}
