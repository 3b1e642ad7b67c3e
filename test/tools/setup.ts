import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { isBuilt } from '../../generator/built.js';
import { PROJECT, roomiest } from './folders.ts';
import { fetchHelm, HELM_MAJORS } from './helm.ts';
import { shareTemplate } from './initialise.ts';
import { fetchPostgres, fetchPsql, type PostgresMajor } from './postgres-binaries.ts';
import { run, runOk } from './run.ts';
import { CHANGED, DAY } from './sample.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the server's programs, by major version. */
    postgres: Readonly<Record<PostgresMajor, string>>;
  }
}

/** Fetches what the machine lacks, once for all test files of a project; what cannot be had fails here, in one sentence. */
export default async function setup(project: TestProject): Promise<() => void> {
  const remove = useOwnFolder();
  process.env[DAY] ??= String(Math.floor(Date.now() / 86_400_000));
  process.env[CHANGED] ??= await changedFiles();
  // The whole has a setup as well, whichever projects are run.
  if (WITH_PROGRAMS.includes(project.name)) await Promise.all([build(), ...HELM_MAJORS.map(fetchHelm)]);
  if (['server', 'clients', 'cluster'].includes(project.name)) project.provide('postgres', await fetchServers());
  return remove;
}

/** What whoever works has not committed yet; nothing where that is not known. */
async function changedFiles(): Promise<string> {
  const { code, stdout } = await run('git', ['diff', '--name-only', 'HEAD', '--', 'test'], { cwd: PROJECT });
  return code === 0 ? stdout : '';
}

/** The projects whose tests run other programs. */
const WITH_PROGRAMS = ['helm', 'server', 'clients', 'cluster'];

/** Tests start the program hundreds of times, and compiled as it is read it takes three times as long. */
async function build(): Promise<void> {
  if (!(await isBuilt())) await runOk('node', ['--import', 'tsx', 'test/tools/build.ts'], { cwd: PROJECT });
}

const PREFIX = 'shared-postgresql-tests-';

/** One temporary folder for all projects of a run; gives what removes it. */
function useOwnFolder(): () => void {
  if (basename(tmpdir()).startsWith(PREFIX)) return () => undefined;
  const base = mkdtempSync(join(roomiest(), PREFIX));
  chmodSync(base, 0o755);
  // The test files' processes inherit it, so that whatever they leave goes with the whole folder.
  process.env['TMPDIR'] = base;
  return () => rmSync(base, { recursive: true, force: true });
}

async function fetchServers(): Promise<Readonly<Record<PostgresMajor, string>>> {
  await fetchPsql();
  const programs = await fetchPostgres();
  await Promise.all(Object.values(programs).map(shareTemplate));
  return programs;
}
