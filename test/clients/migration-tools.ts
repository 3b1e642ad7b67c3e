import { runOk } from '../tools/run.ts';
import { fetchJars, makeEnvironment, need, ofDebian } from './prepare.ts';

/** A tool by which a team migrates its own database, as its service. */
export interface MigrationTool {
  /** Its folder in migrations/; `migrate.sh up` brings the database to the newest, `migrate.sh down` takes the last step back. */
  readonly name: string;
  /** Gets what it needs, in a copy of its folder. Throws with what is missing. */
  readonly prepare: (folder: string) => Promise<unknown>;
  /** Whether it has a way down. */
  readonly goesDown: boolean;
  /** Whether a second one waits until it is done, so that each of several pods may begin with it. */
  readonly locks: boolean;
}

const ofNpm = (cwd: string): Promise<unknown> => runOk('npm', ['ci', '--ignore-scripts', '--silent'], { cwd });
const ofPython = (folder: string): Promise<void> => makeEnvironment(folder, 'env');

async function ofGo(cwd: string): Promise<void> {
  await need('go');
  await runOk('go', ['build', '-o', 'migrate', '.'], { cwd });
}

export const MIGRATION_TOOLS: readonly MigrationTool[] = [
  { name: 'activerecord', prepare: ofRuby, goesDown: true, locks: false },
  { name: 'alembic', prepare: ofPython, goesDown: true, locks: false },
  { name: 'django', prepare: ofPython, goesDown: true, locks: false },
  { name: 'drizzle', prepare: ofNpm, goesDown: false, locks: false },
  { name: 'flyway', prepare: fetchJars, goesDown: false, locks: true },
  { name: 'golang-migrate', prepare: ofGo, goesDown: true, locks: false },
  { name: 'goose', prepare: ofGo, goesDown: true, locks: true },
  { name: 'knex', prepare: ofNpm, goesDown: true, locks: false },
  { name: 'node-pg-migrate', prepare: ofNpm, goesDown: true, locks: false },
  { name: 'typeorm', prepare: ofNpm, goesDown: true, locks: false },
];

async function ofRuby(): Promise<void> {
  await ofDebian(['ruby', '-e', "require 'active_record'"], 'ruby-activerecord', []);
  await ofDebian(['ruby', '-e', "require 'pg'"], 'ruby-pg', []);
}

/** Tools that no registry reached from here has, and why. */
export const MISSING_TOOLS: Readonly<Record<string, string>> = {
  'EF Core': 'NuGet has it, which is not among the registries of these tests',
  'Prisma Migrate': 'npm has the loader of its engine for schemas, which downloads the engine from elsewhere',
};
