import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, inject, type TestContext } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import { temporaryFolder } from './folders.ts';
import { runBeforeServer, startBeforeServer, type JobResult } from './job.ts';
import { deployOn, type Lab, type ServerOf } from './lab.ts';
import { keepSecrets, type Manifest } from './manifests.ts';
import { fetchPrograms } from './postgres-binaries.ts';
import { runOk } from './run.ts';
import { cloneServer, type Server } from './server.ts';

/*
 * A volume whose data of one major, 15 where nothing else is said, is brought over to another, 18, by the containers that come before the server, as the pod
 * runs them.
 */

/** What 18 brings beside its server; undefined where it could not be had. */
export const programs = await fetchPrograms();

/** What the image of a major has: its server, and the other programs. */
export interface Image extends ServerOf {
  readonly programs: string;
}

/** From which major to which. */
export interface Pair {
  readonly from: Image;
  readonly to: Image;
}

const widest = (): Pair => {
  const { 15: oldest, 18: newest } = inject('postgres');
  return { from: { major: 15, bin: oldest, programs: oldest }, to: { major: 18, bin: newest, programs: programs ?? '' } };
};

export const valuesOf = (services: string): string => `services:\n${services}`;
export interface Volume {
  readonly folder: string;
  readonly pair: Pair;
  /** Rendered for the later major, with the Secrets that were there. */
  readonly manifests: readonly Manifest[];
}

/** A server of the former major that is stopped, and what its catalogs said. */
export interface Former extends Volume {
  readonly catalogs: object[];
}

/** Stops a server, to be brought over. */
export async function stop(
  lab: Lab,
  services: string,
  files: Readonly<Record<string, string>> = {},
  pair: Pair = widest(),
): Promise<Former> {
  const catalogs = await lab.server.asAdmin(readCatalogs);
  const values = `postgresql: { allowedExtensions: [amcheck], upgradeFrom: { version: "${pair.from.major}" } }\n${valuesOf(services)}`;
  const { manifests } = await deployOn(pair.to.major, { values, files });
  await lab.server.stop();
  return { folder: lab.server.data, pair, manifests: keepSecrets(manifests, lab.manifests()), catalogs };
}

/** What all databases share, as far as no number is in it, and the ledger's times. Before 16 what a membership inherits is the member's to say. */
const CATALOGS = `
SELECT 'role' AS what, to_jsonb(a) - 'oid' AS is FROM pg_authid AS a WHERE rolname !~ '^pg_'
UNION ALL SELECT 'membership', jsonb_build_object('role', roleid::regrole, 'member', member::regrole, 'admin', admin_option,
            'inherits', coalesce(to_jsonb(m) ->> 'inherit_option', rolinherit::text), 'sets', coalesce(to_jsonb(m) ->> 'set_option', 'true'))
          FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = member WHERE member >= 16384
UNION ALL SELECT 'setting', jsonb_build_object('role', r.rolname, 'database', d.datname, 'config', setconfig)
          FROM pg_db_role_setting LEFT JOIN pg_roles AS r ON r.oid = setrole LEFT JOIN pg_database AS d ON d.oid = setdatabase
UNION ALL SELECT 'database', jsonb_build_object('name', datname, 'owner', datdba::regrole, 'limit', datconnlimit, 'collate', datcollate, 'provider', datlocprovider,
            'privileges', (SELECT jsonb_agg(jsonb_build_array(a.grantee::regrole, privilege_type) ORDER BY a.grantee::regrole::text, privilege_type) FROM aclexplode(datacl) AS a)) FROM pg_database
UNION ALL SELECT 'record', to_jsonb(l) - 'database_oid' - 'digest' FROM shared_postgresql.login AS l
ORDER BY 1, 2`;
export const readCatalogs = async (client: { query(sql: string): Promise<{ rows: object[] }> }): Promise<object[]> =>
  (await client.query(CATALOGS)).rows;

/** A volume with the data of the server that is stopped. */
export async function volumeOf({ folder: data, pair, manifests }: Former): Promise<Volume> {
  const folder = temporaryFolder();
  const major = join(folder, String(pair.from.major));
  mkdirSync(major);
  await runOk('cp', ['-a', data, join(major, 'docker')]);
  handOver(folder);
  handOver(major);
  return { folder, pair, manifests };
}

const dataFolder = ({ folder, pair }: Volume, which: keyof Pair): string => join(folder, `${pair[which].major}/docker`);

export function environmentOf(volume: Volume, name: Step): Record<string, string> {
  const { bin, programs: others } = volume.pair[name === 'take-over' ? 'from' : 'to'];
  return {
    FORMER: dataFolder(volume, 'from'),
    NEXT: dataFolder(volume, 'to'),
    STAGE: join(volume.folder, 'upgrade'),
    PATH: [bin, others, process.env['PATH'] ?? ''].join(delimiter),
  };
}

export type Step = 'take-over' | 'bring-over' | 'look-back';

export const runStep = (volume: Volume, name: Step, further: Record<string, string> = {}): Promise<JobResult> =>
  runBeforeServer(volume.manifests, name, { ...environmentOf(volume, name), ...further });

/** Kills a step as soon as it is so far, with the server that it started, as the end of its container does. */
export async function killStep(volume: Volume, name: Step, isSoFar: (output: string) => boolean): Promise<void> {
  const step = startBeforeServer(volume.manifests, name, environmentOf(volume, name));
  const soFar = (): string => (isSoFar(step.output()) ? 'so far' : step.output());
  await expect.poll(soFar, { timeout: 60_000, interval: 20 }).toBe('so far');
  step.kill();
  const data = name === 'take-over' ? dataFolder(volume, 'from') : `${dataFolder(volume, 'to')}.unfinished`;
  const file = join(data, 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  if (pid === 0 || !existsSync(`/proc/${pid}`)) return;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000, interval: 20 }).toBe(false);
}

/** The same volume after this server of the later major has run on it. */
export async function leaveOn(volume: Volume, server: Server): Promise<void> {
  await server.stop();
  await runOk('rm', ['-rf', dataFolder(volume, 'to')]);
  await runOk('cp', ['-a', server.data, dataFolder(volume, 'to')]);
}

/** The server of the later major, or of the former one, with what the volume has of it. */
export async function startOn(context: TestContext, volume: Volume, which: keyof Pair = 'to'): Promise<Server> {
  const server = await cloneServer(volume.pair[which].bin, dataFolder(volume, which), volume.manifests);
  context.onTestFinished(() => server.end());
  return server;
}
