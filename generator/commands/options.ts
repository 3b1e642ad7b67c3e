import { Option } from 'commander';
import type { Compare } from '../server/plan.ts';

/*
 * Options that several commands have, each with the type of what it gives. The word between the brackets also says how a shell completes it:
 * <file>, <dir> and <service> are looked up, and so are choices.
 */
export interface Values {
  readonly values: string;
}

export const valuesOption = new Option('--values <file>', 'the values to read').default('values.yaml');

export interface Out {
  readonly out: string;
}

export const outOption = new Option('--out <dir>', 'the folder of the chart').default('chart');

export interface Url {
  readonly url?: string;
}

export const urlOption = new Option(
  '--url <url>',
  "the server, as the admin; otherwise DATABASE_URL or libpq's variables (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGSSLMODE, PGSSLROOTCERT) name it",
);

export interface Databases {
  readonly compare: Compare;
}

export const databasesOption = new Option('--compare <which>', 'databases to look into')
  .choices(['changed', 'all'])
  .default('changed');

export interface Secrets {
  readonly secrets: string;
}

const SECRETS =
  'the passwords: what `kubectl get secrets --output json` or `helm template` prints, or the .env files of dev or the Secrets of manifests, one or their folder; ' +
  '- reads standard input';

export const secretsOption = new Option('--secrets <file>', SECRETS).makeOptionMandatory();

/** For whoever uses the server of `dev` where none is named. */
export interface OtherServer extends Url {
  readonly secrets?: string;
}

export const otherServerOptions = [
  urlOption,
  new Option(
    '--secrets <file>',
    `${SECRETS}; without it, the server is the one that dev runs here, and the passwords are its own`,
  ),
];

export const releaseOptions = [
  new Option('--context <name>', "kubectl's context; otherwise its current one"),
  new Option('--namespace <name>', "the deployment's; otherwise that of kubectl's context"),
  new Option('--release <name>', 'what the deployment was installed as').default('shared-postgresql'),
];

export interface Backups {
  readonly backups?: string;
}

export const backupsOption = new Option(
  '--backups <dir>',
  'the folder with the backups, as on the volume of the pods: a folder for each service (default: .shared-postgresql/backups beside the values)',
);
