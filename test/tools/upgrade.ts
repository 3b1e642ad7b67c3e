import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, inject, type TestContext } from 'vitest';
import { handOver } from '../../generator/laptop/identity.ts';
import { temporaryFolder } from './folders.ts';
import { runBeforeServer, startBeforeServer, type JobResult } from './job.ts';
import { deployOn, type Lab } from './lab.ts';
import { keepSecrets, type Manifest } from './manifests.ts';
import { fetchPrograms } from './postgres-binaries.ts';
import { runOk } from './run.ts';
import { cloneServer, type Server } from './server.ts';

/*
 * A volume whose data of 15 is brought over to 18 by the containers that come before the server, as the pod runs them.
 */

/** What 18 brings beside its server; undefined where it could not be had. */
export const programs = await fetchPrograms();

export const valuesOf = (services: string): string => `services:\n${services}`;
export interface Volume {
  readonly folder: string;
  /** Rendered for 18, with the Secrets that were there. */
  readonly manifests: readonly Manifest[];
}

/** A server of 15 in which two services are well and one is retained, stopped; and what its catalogs said. */
export interface Former extends Volume {
  readonly catalogs: object[];
}

/** Stops a server of 15, to be brought over. */
export async function stop(lab: Lab, services: string, files: Readonly<Record<string, string>> = {}): Promise<Former> {
  const catalogs = await lab.server.asAdmin(readCatalogs);
  const values = `postgresql: { upgradeFrom: { version: "15" } }\n${valuesOf(services)}`;
  const { manifests } = await deployOn(18, { values, files });
  await lab.server.stop();
  return { folder: lab.server.data, manifests: keepSecrets(manifests, lab.manifests()), catalogs };
}

/** What all databases share, as far as no number is in it, and the ledger's times. */
const CATALOGS = `
SELECT 'role' AS what, to_jsonb(a) - 'oid' AS is FROM pg_authid AS a WHERE rolname !~ '^pg_'
UNION ALL SELECT 'membership', jsonb_build_object('role', roleid::regrole, 'member', member::regrole, 'admin', admin_option) FROM pg_auth_members WHERE member >= 16384
UNION ALL SELECT 'setting', jsonb_build_object('role', r.rolname, 'database', d.datname, 'config', setconfig)
          FROM pg_db_role_setting LEFT JOIN pg_roles AS r ON r.oid = setrole LEFT JOIN pg_database AS d ON d.oid = setdatabase
UNION ALL SELECT 'database', jsonb_build_object('name', datname, 'owner', datdba::regrole, 'limit', datconnlimit, 'collate', datcollate, 'provider', datlocprovider,
            'privileges', (SELECT jsonb_agg(jsonb_build_array(a.grantee::regrole, privilege_type) ORDER BY a.grantee::regrole::text, privilege_type) FROM aclexplode(datacl) AS a)) FROM pg_database
UNION ALL SELECT 'record', to_jsonb(l) - 'database_oid' - 'digest' FROM shared_postgresql.login AS l
ORDER BY 1, 2`;
export const readCatalogs = async (client: { query(sql: string): Promise<{ rows: object[] }> }): Promise<object[]> =>
  (await client.query(CATALOGS)).rows;

/** A volume with the data of the server of 15. */
export async function volumeOf(from: Former): Promise<Volume> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '15'));
  await runOk('cp', ['-a', from.folder, join(folder, '15/docker')]);
  handOver(folder);
  handOver(join(folder, '15'));
  return { folder, manifests: from.manifests };
}

function environmentOf({ folder }: Volume, name: Step): Record<string, string> {
  const bin = name === 'take-over' ? inject('postgres')[15] : (programs ?? '');
  const paths = Object.entries({ FORMER: '15/docker', NEXT: '18/docker', STAGE: 'upgrade' });
  return {
    ...Object.fromEntries(paths.map(([key, path]) => [key, join(folder, path)])),
    PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
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
  const file = join(volume.folder, name === 'take-over' ? '15/docker' : '18/docker.unfinished', 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  if (pid === 0 || !existsSync(`/proc/${pid}`)) return;
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000, interval: 20 }).toBe(false);
}

/** The same volume after this server of 18 has run on it. */
export async function leaveOn({ folder }: Volume, server: Server): Promise<void> {
  await server.stop();
  await runOk('rm', ['-rf', join(folder, '18/docker')]);
  await runOk('cp', ['-a', server.data, join(folder, '18/docker')]);
}

export async function startNext(context: TestContext, { folder, manifests }: Volume): Promise<Server> {
  const server = await cloneServer(inject('postgres')[18], join(folder, '18/docker'), manifests);
  context.onTestFinished(() => server.end());
  return server;
}
