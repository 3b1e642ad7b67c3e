import pg from 'pg';
import { explainFileError, placeIn, type Place } from './schema-error.ts';
import { readScript, setInputs } from './session.ts';

/** How long the files that are left may be tried, in seconds: what they lock stays locked so long. service.sh has the same. */
export const TRIAL_SECONDS = 10;

/** What a session that tries them waits for at most. */
export const TRIAL_SETTINGS: readonly string[] = ['statement_timeout=2s', 'lock_timeout=1s'];

/** The lines that a trial has at most; how many more there are is told. */
const MOST = 20;

/** Statements that were ended, and what holds in one transaction alone: a value of an enum that it added, rows that wait for their triggers, and sequences that nobody may set. */
const OF_THE_TRIAL = ['57014', '55P03', '55P04', '55006'];

const isOfTheTrial = ({ code, message }: pg.DatabaseError): boolean =>
  OF_THE_TRIAL.includes(code ?? '') || message.startsWith('permission denied for sequence ');

/** A schema file that failed, with the lines that say why. */
export class FailedFile extends Error {
  readonly file: string;
  constructor(file: string, lines: readonly string[]) {
    super(lines.join('\n'));
    this.file = file;
  }
}

interface TriedFile {
  readonly name: string;
  readonly text: string;
}

interface Trial {
  /** What the service's entry says. */
  readonly entry: string;
  /** From the one that failed on. */
  readonly files: readonly TriedFile[];
  /** The error that is told already: place and message. */
  readonly known: string;
}

/** Tries schema files as the service of the session, statement by statement, in a transaction that is rolled back. Gives what fails, in the lines of say.awk. */
export async function tryFiles(client: pg.Client, { entry, files, known }: Trial): Promise<string[]> {
  const lines: string[] = [];
  let failures = 0;
  const say = (failure: string): void => {
    if (failure === known || ++failures > MOST) return;
    if (failures === 1) lines.push(HEAD);
    lines.push(`  ${failure}`);
  };
  await client.query('BEGIN');
  await client.query(readScript('keep-sequences.sql'));
  for (const file of files) {
    const isOutside = await isPassedOver(client, entry, file.name);
    if (isOutside === true && !known.startsWith(`${file.name}:`))
      lines.push(`not tried: schema file ${file.name} runs outside a transaction`);
    if (isOutside === undefined) (await tryFile(client, entry, file)).forEach(say);
  }
  await client.query('ROLLBACK');
  return failures > MOST ? [...lines, `  and ${failures - MOST} more`] : lines;
}

const HEAD = 'tried in a transaction that was rolled back, these fail as well, perhaps because of what failed before:';

/** Whether it runs outside; false when it was applied, undefined when it is to be tried. Nothing that a file sets reaches the next. */
async function isPassedOver(client: pg.Client, entry: string, file: string): Promise<boolean | undefined> {
  for (const statement of ['DISCARD TEMP', 'DEALLOCATE ALL', 'RESET ALL', 'SET search_path = pg_catalog, pg_temp'])
    await client.query(statement);
  const { rows } = await client.query<{ is_outside: boolean; is_applied: boolean }>(
    `SELECT coalesce($1::jsonb -> 'outside' ? $2, false) AS is_outside,
            EXISTS (SELECT FROM shared_postgresql.schema_file AS f WHERE f.name = $2) AS is_applied`,
    [entry, file],
  );
  const [row] = rows;
  return row?.is_applied === true ? false : row?.is_outside === true ? true : undefined;
}

async function tryFile(client: pg.Client, entry: string, { name, text }: TriedFile): Promise<string[]> {
  await setInputs(client, { entry, file: name, content: text });
  const { rows } = await client.query<{ statement: string }>(readScript('trial.sql'));
  const failures: string[] = [];
  for (const { statement } of rows) failures.push(...(await tryStatement(client, statement, { name, text })));
  return failures;
}

async function tryStatement(client: pg.Client, statement: string, { name, text }: TriedFile): Promise<string[]> {
  let place: Place = { file: name };
  const hear = (notice: { severity?: string; message?: string }): void => void (place = placeIn(notice) ?? place);
  client.on('notice', hear);
  await client.query('SAVEPOINT tried');
  try {
    await client.query(statement);
    await client.query('RELEASE SAVEPOINT tried');
    return [];
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT tried');
    return isOfTheTrial(error) ? [] : explainFileError(error, place, text).slice(0, 1).map(firstLine);
  } finally {
    client.off('notice', hear);
  }
}

/** Place and message, as an error begins with them. */
export function firstLine(explained: string): string {
  return (explained.split('\n')[0] ?? '').replace(/^[A-Z]+: {2}/, '');
}
