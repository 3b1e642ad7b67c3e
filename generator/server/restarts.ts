import type pg from 'pg';
import type { Generated } from '../generate/generate.ts';
import type { Model } from '../generate/model.ts';
import { quoted, settingsOf, SPARE_MEMORY } from './configuration.ts';
import type { PlannedStatement } from './plan.ts';
import { asAdmin, type Connection } from './session.ts';

/** What a server's postgresql.conf says, and its major. */
interface Running {
  readonly major: number;
  /** What its sizes were reckoned with at most, in kB. */
  readonly memory: number;
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * What of the server is not as the values say and becomes so by a restart, which the next upgrade brings: its postgresql.conf, line by
 * line, and its major. Whatever else the pod is made of no session sees. Throws what the driver throws.
 */
export async function readRestarts(connection: Connection, { model }: Generated): Promise<PlannedStatement[]> {
  // Who is no superuser reads no file of the server's, and nobody else's is the chart's.
  return model.engine.admin.isPlain ? [] : restartsBetween(await asAdmin(connection, readRunning), model);
}

/** The texts of the file, as they stand there: any other text makes another pod, though it may mean the same. */
async function readRunning(client: pg.Client): Promise<Running> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_file_settings WHERE sourcefile = current_setting('config_file') AND name IS NOT NULL ORDER BY seqno`,
  );
  const { rows: facts } = await client.query<{ version: number; memory: string | null }>(
    `SELECT current_setting('server_version_num')::integer AS version, current_setting($1, true) AS memory`,
    [SPARE_MEMORY],
  );
  const { version, memory } = facts[0] ?? { version: 0, memory: null };
  return {
    major: Math.floor(version / 10_000),
    memory: Number(memory) || Infinity,
    settings: new Map(rows.map(({ name, setting }) => [name, setting])),
  };
}

/** What every postgresql.conf of the chart sets. Who else wrote one restarts the server when they like. */
const OF_THE_CHART = [
  'listen_addresses',
  'max_connections',
  'superuser_reserved_connections',
  'password_encryption',
  'log_statement',
];

function restartsBetween(running: Running, model: Model): PlannedStatement[] {
  if (!OF_THE_CHART.every((name) => running.settings.has(name))) return [];
  const declared = new Map(settingsOf(model, running.memory).map(([name, value]) => [name, String(value)]));
  const names = new Set([...declared.keys(), ...running.settings.keys()]);
  return [
    ...otherMajor(running.major, model.server.major),
    ...[...names].flatMap((name) => otherSetting(name, running.settings.get(name), declared.get(name))),
  ];
}

function otherMajor(running: number, declared: number): PlannedStatement[] {
  if (running === declared) return [];
  const reason = `the server is PostgreSQL ${running}, and no other major reads its data`;
  return [restarts(`postgresql.version = ${declared}`, reason)];
}

function otherSetting(name: string, running: string | undefined, declared: string | undefined): PlannedStatement[] {
  if (running === declared) return [];
  const reason = running === undefined ? 'the server was started without it' : `the server was started with ${shown(running)}`;
  return [restarts(declared === undefined ? `${name} is no longer set` : `${name} = ${shown(declared)}`, reason)];
}

/** As the file has it. */
function shown(value: string): string {
  return /^\d+$/.test(value) ? value : quoted(value);
}

function restarts(statement: string, reason: string): PlannedStatement {
  return { service: 'server', statement, reason, reported: true, danger: 'restarts' };
}
