import { Command } from 'commander';
import { generate } from '../generate/generate.ts';
import { readInput } from '../generate/read.ts';
import { byService, readPlan, type PlannedStatement } from '../server/plan.ts';
import { readRestarts } from '../server/restarts.ts';
import { endingWith, OK, SOMETHING_TO_DO, type ExitCode } from './errors.ts';
import { listShort } from '../generate/lists.ts';
import { count } from './lists.ts';
import { linesOf, sentenceOn } from './plan-lines.ts';
import {
  databasesOption,
  jsonOption,
  urlOption,
  valuesOption,
  type Databases,
  type Json,
  type Url,
  type Values,
} from './options.ts';
import { printable } from '../generate/printable.ts';
import { onServer } from './live-server.ts';

export const command = new Command('plan')
  .addOption(valuesOption)
  .addOption(urlOption)
  .addOption(databasesOption)
  .addOption(jsonOption)
  .action(endingWith(run));

async function run({ values, url, compare, json }: Values & Url & Databases & Json): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const { plan, restarts } = await onServer(url, async (connection) => ({
    plan: await readPlan(connection, generated, compare),
    restarts: await readRestarts(connection, generated),
  }));
  if (json) console.log(JSON.stringify([...plan, ...restarts], null, 2));
  else {
    print(plan);
    printRestarts(restarts);
  }
  return plan.every(({ reported }) => reported) ? OK : SOMETHING_TO_DO;
}

/** Prints the statements of each service with their reasons. */
function print(plan: readonly PlannedStatement[]): void {
  const needed = plan.filter(({ reported }) => !reported);
  const services = printStatements(needed);
  console.log(needed.length === 0 ? 'nothing to do' : `${count(needed.length, 'statement')} for ${listShort(services)}`);
  const dangers = needed.filter(({ danger }) => danger !== undefined);
  if (dangers.length > 0) console.log(`${sentenceOn(dangers)}; apply asks first, and elsewhere than on a terminal wants --yes`);
  const reported = plan.filter((row) => row.reported);
  if (reported.length === 0) return;
  console.log('\nDrift that provisioning leaves alone, with the statement that would mend it:\n');
  printStatements(reported);
}

/** Prints what only the upgrade brings, and no run of provisioning. */
function printRestarts(restarts: readonly PlannedStatement[]): void {
  if (restarts.length === 0) return;
  console.log('\nThe next upgrade with these values restarts the server; apply leaves these alone:\n');
  printStatements(restarts);
}

/** The services whose statements were printed. */
function printStatements(plan: readonly PlannedStatement[]): string[] {
  const groups = byService(plan);
  for (const [service, rows] of groups) {
    console.log(service);
    for (const row of rows) console.log(printable(linesOf(row)));
  }
  return [...groups.keys()];
}
