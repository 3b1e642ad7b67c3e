import { markdownTable } from 'markdown-table';
import { printableLine } from '../generate/printable.ts';
import type { Attempt, Verification } from '../server/verify.ts';
import { count } from './lists.ts';
import { aside, finding, note, result, type Line } from './talk.ts';

/** What the proof found, as it is told. */
export interface Proof extends Pick<Verification, 'findings' | 'attempts' | 'reported'> {
  readonly isolated: boolean;
}

export function proofOf({ findings, attempts, reported }: Verification): Proof {
  return { isolated: findings.length === 0, findings, attempts, reported };
}

/** Logins from which on a matrix tells nobody anything. */
const WORTH_A_MATRIX = 25;

/** Who opens which database, and what is not as it must be. */
export function printProof({ attempts, findings, reported }: Proof): Line[] {
  const logins = new Set(attempts.map(({ user }) => user));
  const tried = `${count(logins.size, 'login')} tried ${count(attempts.length, 'time')} to open a database`;
  return [
    ...(logins.size <= WORTH_A_MATRIX ? [aside(`${matrixOf(attempts)}\n`)] : []),
    ...findings.map((each) => finding(printableLine(each))),
    ...reported.map((each) => note(printableLine(each))),
    findings.length === 0
      ? aside(`${tried}: each opens its own and no other, and nothing differs from values.yaml`)
      : result(`${tried}; ${count(findings.length, 'finding')} above`),
  ];
}

/** What stands in the matrix for each outcome. */
const CELLS: Readonly<Record<Attempt['outcome'], string>> = { open: 'open', refused: '-', wrong: 'WRONG' };

/** A row for each login, a column for each database; empty where nobody tried. */
function matrixOf(attempts: readonly Attempt[]): string {
  const databases = [...new Set(attempts.map(({ database }) => database))].sort();
  const users = [...new Set(attempts.map(({ user }) => user))];
  const cells = new Map(attempts.map(({ user, database, outcome }) => [`${user} ${database}`, CELLS[outcome]]));
  const rows = users.map((user) => [user, ...databases.map((database) => cells.get(`${user} ${database}`) ?? '')]);
  return markdownTable([['login', ...databases], ...rows], { align: ['l', ...databases.map(() => 'c')] });
}
