import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { fetchHelm, HELM_MAJORS } from './helm.ts';
import { fetchPostgres, fetchPsql, type PostgresMajor } from './postgres-binaries.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the server's programs, by major version. */
    postgres: Readonly<Record<PostgresMajor, string>>;
  }
}

/** Fetches what the machine lacks, once for all test files; what cannot be had fails here, in one sentence. */
export default async function setup(project: TestProject): Promise<() => void> {
  await Promise.all(HELM_MAJORS.map(fetchHelm));
  await fetchPsql();
  const postgres = await fetchPostgres();
  project.provide('postgres', postgres.folders);
  return () => rmSync(postgres.temporary, { recursive: true, force: true });
}
