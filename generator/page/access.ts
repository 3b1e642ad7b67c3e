import type { Model } from '../generate/model.ts';
import type { Access, Attempt } from '../server/verify.ts';
import type { Report } from './report.ts';
import { count, number } from './words.ts';

interface AccessView {
  /** How it is known. */
  readonly sentence: string;
  /** For the style; empty where nobody looked. */
  readonly mood: 'well' | 'unwell' | '';
  readonly wrong: readonly string[];
  /** Undefined where there are too many logins for one. */
  readonly matrix?: Matrix;
}

interface Matrix {
  readonly databases: readonly string[];
  /** Whether the names stand upright, because there are many. */
  readonly isNarrow: boolean;
  readonly rows: readonly { readonly user: string; readonly service: string; readonly cells: readonly Cell[] }[];
}

interface Cell {
  /** A word for the style, which colours it. */
  readonly is: 'open' | 'refused' | 'wrong' | 'untried';
  readonly sign: string;
  readonly about: string;
}

/** Logins from which on a matrix tells nobody anything. */
const WORTH_A_MATRIX = 25;

/** So many sentences are shown; the rest is told at its service. */
const SENTENCES = 100;

/** Who opens which database. */
export function accessView({ generated: { model }, found }: Report): AccessView {
  const access = found?.survey.access ?? declaredBy(model);
  const { attempts, wrong } = access;
  const logins = new Set(attempts.map(({ user }) => user));
  const databases = new Set(attempts.map(({ database }) => database));
  return {
    sentence: `${sentenceOn(access, logins.size)} ${howKnown(found, logins.size * databases.size)}`,
    mood: found === undefined ? '' : wrong.length === 0 ? 'well' : 'unwell',
    wrong: wrong.slice(0, SENTENCES),
    matrix: logins.size > 0 && logins.size <= WORTH_A_MATRIX ? matrixOf(attempts) : undefined,
  };
}

/** What follows from the values alone: every login against every database that they name, and the admin's. */
function declaredBy({ services }: Model): Access {
  const databases = ['postgres', 'template1', ...services.map(({ database }) => database)];
  const logins = services.flatMap(({ name, database, login, roles }) =>
    [login, ...roles.map((role) => role.login)].map((each) => ({ service: name, user: each, own: database })),
  );
  if (logins.length > WORTH_A_MATRIX) return { attempts: logins.map((login) => attemptOf(login, login.own)), wrong: [] };
  return { attempts: logins.flatMap((login) => databases.map((database) => attemptOf(login, database))), wrong: [] };
}

function attemptOf({ service, user, own }: { service: string; user: string; own: string }, database: string): Attempt {
  return { service, user, database, own: own === database, outcome: own === database ? 'open' : 'refused' };
}

function sentenceOn({ attempts, wrong }: Access, logins: number): string {
  const isOpen = attempts.filter(({ outcome }) => outcome === 'open').length;
  const isRefused = attempts.filter(({ outcome }) => outcome === 'refused').length;
  const counted = `${count(logins, 'login')}: ${number(isOpen)} doors open, ${number(isRefused)} refused.`;
  return wrong.length === 0
    ? `Each login opens its own database and no other. ${counted}`
    : `${count(wrong.length, 'finding')}. ${counted}`;
}

function howKnown(found: Report['found'], pairs: number): string {
  if (!found) return 'So the values declare it; no server was asked.';
  if (!found.survey.isProven)
    return 'So the catalogs of the server say; a report that is given the passwords tries every login for real.';
  const how =
    found.on === 'the deployment'
      ? 'on the server with a real login'
      : 'with a real login, on a throw-away server provisioned by the same plan';
  return found.survey.access.attempts.length < pairs
    ? `These were tried ${how}, an even sample of ${number(pairs)} pairs of login and database; about all of them the catalogs were asked.`
    : `Each was tried ${how}.`;
}

function matrixOf(attempts: readonly Attempt[]): Matrix {
  const own = new Set(attempts.filter((each) => each.own).map(({ database }) => database));
  const others = [...new Set(attempts.map(({ database }) => database))].filter((database) => !own.has(database)).sort();
  const databases = [...own, ...others];
  const byPair = new Map(attempts.map((attempt) => [`${attempt.user} ${attempt.database}`, attempt]));
  const users = new Map(attempts.map(({ user, service }) => [user, service]));
  const rows = [...users].map(([user, service]) => ({
    user,
    service,
    cells: databases.map((database) => cellOf(user, database, byPair.get(`${user} ${database}`))),
  }));
  return { databases, isNarrow: databases.length > 8, rows };
}

const SIGNS = { open: '●', refused: '·', wrong: '!', untried: '' } as const;

const SAID = { open: 'opens', refused: 'is refused at', wrong: 'is not as it must be at', untried: 'was not tried at' } as const;

function cellOf(user: string, database: string, attempt: Attempt | undefined): Cell {
  const is = attempt?.outcome ?? 'untried';
  const detail = attempt?.detail === undefined ? '' : `: ${attempt.detail}`;
  return { is, sign: SIGNS[is], about: `${user} ${SAID[is]} ${database}${detail}` };
}
