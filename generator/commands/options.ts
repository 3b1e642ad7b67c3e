import { Option } from 'commander';
import type { Compare } from '../server/plan.ts';

/** Options that several commands have, each with the type of what it gives. */
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
  "the server, as the admin; otherwise DATABASE_URL or libpq's variables name it",
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

export const secretsOption = new Option(
  '--secrets <file>',
  'what `kubectl get secrets --output json` prints; - reads it from standard input',
).makeOptionMandatory();

export interface Json {
  readonly json?: boolean;
}

export const jsonOption = new Option('--json', 'print JSON');
