import { expect, type TestContext } from 'vitest';
import type { DeploymentInput } from './deployment.ts';
import { runBackup, runRestore, type JobResult } from './job.ts';
import { startBackedUpLab, type Lab } from './lab.ts';

/** A lab of 15, whose pg_restore is a Debian package, with two services of which one, b-service, has words. */
interface Restoring {
  readonly lab: Lab;
  /** Where its backups are. */
  readonly folder: string;
  backUp(): Promise<void>;
  restore(environment: Record<string, string>): Promise<JobResult>;
  words(): Promise<object[]>;
}

export const WORDS = { 'schema/databases/b-service/001_words.sql': 'CREATE TABLE word (text text PRIMARY KEY);\n' };

export const TWO_SERVICES: DeploymentInput = {
  values: 'services: { a-service: {}, b-service: { connectionLimit: 2 } }\n',
  files: WORDS,
  args: ['--set', 'backup.schedule=@daily'],
};

export async function startRestoring(context: TestContext, input: DeploymentInput = TWO_SERVICES): Promise<Restoring> {
  const { lab, folder } = await startBackedUpLab(context, input);
  return {
    lab,
    folder,
    backUp: async () => {
      const { code, output } = await runBackup(lab.manifests(), lab.server.port, folder, { script: 'backup.sh' });
      expect(output).not.toContain('ERROR');
      expect(code).toBe(0);
    },
    restore: (environment) => runRestore(lab.manifests(), lab.server.port, folder, environment),
    words: () => lab.as('b-service-db-secret', 'SELECT text FROM word ORDER BY 1'),
  };
}

/** What there is of b-service's. */
export const databasesOf = (lab: Lab): Promise<object[]> =>
  lab.admin("SELECT datname, datallowconn FROM pg_database WHERE datname LIKE 'bdb%' ORDER BY 1");

export const limitOf = (lab: Lab): Promise<object[]> => lab.admin("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'bdb_user'");
