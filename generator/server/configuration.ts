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

/** The parameter in which a server outside of a cluster says what its machine can spare, in kB: whoever compares its configuration reckons with that. */
export const SPARE_MEMORY = 'shared_postgresql.spare_memory';

/**
 * The configuration of the pod, without Helm. `memory` is what the machine can spare, in kB: a larger limit than that is taken for it.
 */
export function configurationOf(model: Model, memory: number): Configuration {
  return {
    'postgresql.conf': `${settingsOf(model, memory).map(toLine).join('\n')}\n`,
    'pg_hba.conf': withoutTls(readFileSync(join(POD, 'pg_hba.conf'), 'utf8')),
  };
}

/** Where there is no TLS nobody shows a certificate: the template shared-postgresql.hbaConf. */
function withoutTls(rules: string): string {
  return rules.replaceAll(/^(# Whoever must show a certificate|host(no)?ssl ).*\n/gm, '');
}

/** What the chart's pod runs and reads. */
const POD = join(CHART, 'engines/pod');

/** What the chart sets for every deployment, unless postgresql.settings says otherwise. */
function readFixedSettings(): Readonly<Record<string, string>> {
  const settings: unknown = JSON.parse(readFileSync(join(CHART, 'engines/settings.json'), 'utf8'));
  if (!isRecord(settings)) throw new Error('settings.json of the chart is no map');
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

/** A setting of postgresql.conf with its value, which stands between quotes if it is a text. */
export type ConfiguredSetting = readonly [name: string, value: string | number];

/** What the pod's postgresql.conf sets, as the template shared-postgresql.postgresqlConf has it, in its order; `memory` as above. */
export function settingsOf({ budget, server }: Model, memory: number): ConfiguredSetting[] {
  const { maxConnections, reservedConnections } = budget.server;
  const limit = server.memoryLimit === undefined ? undefined : Math.min(server.memoryLimit, memory);
  const sizes =
    limit === undefined ? [] : budget.server.memory.map((each) => [each.setting, `${sizeWithin(each, limit)}kB`] as const);
  const computed = [...sizes, ...budget.server.settings.map(({ setting, value }) => [setting, value] as const)];
  const isOpen = ([name]: ConfiguredSetting): boolean => !Object.hasOwn(server.settings, name);
  return [
    ['listen_addresses', '*'],
    ['port', 5432],
    ['max_connections', maxConnections],
    ['superuser_reserved_connections', reservedConnections],
    ...computed.filter(isOpen),
    ['password_encryption', 'scram-sha-256'],
    ['log_statement', server.logStatement],
    ...inOrder(readFixedSettings()).filter(isOpen),
    ...inOrder(server.settings),
  ];
}

/** By name, as Helm goes through a map. */
function inOrder(settings: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(settings).sort(([a], [b]) => compare(a, b));
}

function toLine([name, value]: ConfiguredSetting): string {
  return `${name} = ${typeof value === 'number' ? value : quoted(value)}`;
}

/** A value between the quotes of postgresql.conf, where it may not stand on two lines: the template shared-postgresql.settingValue. */
export function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}
