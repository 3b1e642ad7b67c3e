import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../generate/fields.ts';
import type { Model } from '../generate/model.ts';
import { compare } from '../generate/problem.ts';
import { CHART } from '../generate/read/project.ts';
import { sizeWithin } from '../generate/validate/budget/memory.ts';

/** What the server reads at its start, by the file's name. */
export interface Configuration {
  readonly 'postgresql.conf': string;
  readonly 'pg_hba.conf': string;
}

/**
 * The configuration of the pod, without Helm. `memory` is what the machine can spare, in kB: a larger limit than that is taken for it.
 */
export function configurationOf(model: Model, memory: number): Configuration {
  return {
    'postgresql.conf': `${linesOf(model, memory, readFixedSettings()).join('\n')}\n`,
    'pg_hba.conf': readFileSync(join(POD, 'pg_hba.conf'), 'utf8'),
  };
}

/** What the chart's pod runs and reads. */
const POD = join(CHART, 'engines/pod');

/** What the chart sets for every deployment, unless postgresql.settings says otherwise. */
function readFixedSettings(): Readonly<Record<string, string>> {
  const settings: unknown = JSON.parse(readFileSync(join(POD, 'settings.json'), 'utf8'));
  if (!isRecord(settings)) throw new Error('settings.json of the chart is no map');
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

/** As the template shared-postgresql.postgresqlConf has them, in its order. */
function linesOf({ budget, server }: Model, memory: number, fixed: Readonly<Record<string, string>>): string[] {
  const { maxConnections, reservedConnections } = budget.server;
  const limit = server.memoryLimit === undefined ? undefined : Math.min(server.memoryLimit, memory);
  const sizes = limit === undefined ? [] : budget.server.memory.map((each) => [each.setting, `${sizeWithin(each, limit)}kB`]);
  const computed = [...sizes, ...budget.server.settings.map(({ setting, value }) => [setting, value])];
  const isOpen = ([name = '']: readonly string[]): boolean => !Object.hasOwn(server.settings, name);
  return [
    "listen_addresses = '*'",
    'port = 5432',
    `max_connections = ${maxConnections}`,
    `superuser_reserved_connections = ${reservedConnections}`,
    ...computed.filter(isOpen).map(toLine),
    "password_encryption = 'scram-sha-256'",
    `log_statement = '${server.logStatement}'`,
    ...inOrder(fixed).filter(isOpen).map(toLine),
    ...inOrder(server.settings).map(toLine),
  ];
}

/** By name, as Helm goes through a map. */
function inOrder(settings: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(settings).sort(([a], [b]) => compare(a, b));
}

function toLine([name = '', value = '']: readonly string[]): string {
  return `${name} = '${escape(value)}'`;
}

/** Between the quotes of postgresql.conf, where a value may not stand on two lines: the template shared-postgresql.settingValue. */
function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
