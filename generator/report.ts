import { SingleBar } from 'cli-progress';
import { markdownTable } from 'markdown-table';
import { byService, type PlannedStatement } from './server/plan.ts';
import type { Attempt, Verification } from './server/verify.ts';
import type { BudgetRow } from './generate/validate/budget.ts';
import type { Comparison } from './generate/write.ts';

/** From how many files on a progress bar is worth its place. */
const WORTH_A_BAR = 300;

/** Paths printed of each kind; a longer list tells nobody anything. */
const LISTED = 20;

export interface Progress {
  step(): void;
  stop(): void;
}

/** A progress bar on the terminal, for runs that are long enough to want one. */
export function startProgress(total: number, what: string, worth = WORTH_A_BAR): Progress {
  if (total < worth || !process.stderr.isTTY) return { step: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ format: `{bar} {value}/{total} ${what}`, hideCursor: true, clearOnComplete: true });
  bar.start(total, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}

/** A progress bar that learns later how long it is. */
export function progressOf(what: string): Progress & { start(total: number): void } {
  let bar: Progress | undefined;
  return {
    start: (total) => (bar = startProgress(total, what, 2)),
    step: () => bar?.step(),
    stop: () => bar?.stop(),
  };
}

export interface WriteReport {
  readonly comparison: Comparison;
  readonly notes: readonly string[];
  readonly services: number;
  readonly budget: readonly BudgetRow[];
  readonly milliseconds: number;
}

/** Prints what was written, left and removed, how long it took, and what connections and memory are divided into. */
export function reportWrite({ comparison, notes, services, budget, milliseconds }: WriteReport): void {
  const { changed, unchanged, stale } = comparison;
  printPaths(
    'wrote  ',
    changed.map(({ path }) => path),
  );
  printPaths('removed', stale);
  for (const note of notes) console.log(`note: ${note}`);
  const seconds = (milliseconds / 1000).toFixed(2);
  console.log(
    `${count(services, 'service')}: ${count(changed.length, 'file')} written, ${unchanged.length} left as they were, ` +
      `${stale.length} removed, in ${seconds} s`,
  );
  const rows = budget.map(({ what, arithmetic, result }) => [what, arithmetic, result]);
  console.log(`\n${markdownTable([['budget', '', ''], ...rows], { align: ['l', 'l', 'r'] })}`);
}

/** Prints how the chart differs from what would be generated, and what to do about it. */
export function reportCheck({ changed, unchanged, stale }: Comparison): void {
  printPaths(
    'differs',
    changed.map(({ path }) => path),
  );
  printPaths('stale  ', stale);
  if (changed.length + stale.length === 0)
    console.log(`the chart is up to date: ${count(unchanged.length, 'file')} as generated`);
  else console.log('the chart is not what values.yaml asks for; run "npm run generate" and commit what it writes');
}

/** Prints the statements of each service with their reasons, or all of them as JSON. */
export function reportPlan(plan: readonly PlannedStatement[], json: boolean): void {
  if (json) {
    console.log(JSON.stringify(plan, null, 2));
    return;
  }
  const needed = plan.filter(({ reported }) => !reported);
  const services = printStatements(needed);
  console.log(needed.length === 0 ? 'nothing to do' : `${count(needed.length, 'statement')} for ${listNames(services)}`);
  const reported = plan.filter((row) => row.reported);
  if (reported.length === 0) return;
  console.log('\nDrift that provisioning leaves alone, with the statement that would mend it:\n');
  printStatements(reported);
}

function printStatements(plan: readonly PlannedStatement[]): string[] {
  const groups = byService(plan);
  for (const [service, rows] of groups) {
    console.log(service);
    for (const { statement, reason } of rows) console.log(`  ${firstLine(statement)}\n      ${reason}`);
  }
  return [...groups.keys()];
}

/** The names, or how many there are beyond what a line holds. */
function listNames(names: readonly string[]): string {
  return names.length <= LISTED ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`;
}

/** Logins from which on a matrix tells nobody anything. */
const WORTH_A_MATRIX = 25;

/** Prints who opens which database, and what is not as it must be; or all of it as JSON. */
export function reportVerification({ attempts, findings }: Verification, json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ isolated: findings.length === 0, findings, attempts }, null, 2));
    return;
  }
  const logins = new Set(attempts.map(({ user }) => user));
  if (logins.size <= WORTH_A_MATRIX) console.log(`${matrixOf(attempts)}\n`);
  for (const finding of findings) console.log(finding);
  const tried = `${count(logins.size, 'login')} tried ${count(attempts.length, 'time')} to open a database`;
  console.log(
    findings.length === 0
      ? `${tried}: each opens its own and no other, and nothing differs from values.yaml`
      : `${tried}; ${count(findings.length, 'finding')} above`,
  );
}

/** A row for each login, a column for each database. */
function matrixOf(attempts: readonly Attempt[]): string {
  const databases = [...new Set(attempts.map(({ database }) => database))].sort();
  const users = [...new Set(attempts.map(({ user }) => user))];
  const outcomes = new Map(attempts.map(({ user, database, outcome }) => [`${user} ${database}`, outcome]));
  const cell = { open: 'open', refused: '-', wrong: 'WRONG' };
  const rows = users.map((user) => [
    user,
    ...databases.map((database) => {
      const outcome = outcomes.get(`${user} ${database}`);
      return outcome === undefined ? '' : cell[outcome];
    }),
  ]);
  return markdownTable([['login', ...databases], ...rows], { align: ['l', ...databases.map(() => 'c')] });
}

function firstLine(statement: string): string {
  return statement.replace(/\n[^]*/, ' ...');
}

function printPaths(what: string, paths: readonly string[]): void {
  for (const path of paths.slice(0, LISTED)) console.log(`${what} ${path}`);
  if (paths.length > LISTED) console.log(`${what} ... and ${paths.length - LISTED} more`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
