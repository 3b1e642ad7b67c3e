import { Option } from 'commander';
import { generate } from '../generate/generate.ts';
import { listShort } from '../generate/lists.ts';
import { readInput } from '../generate/read.ts';
import { byService, readPlan, type PlannedStatement } from '../server/plan.ts';
import { readRestarts } from '../server/restarts.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { count } from './lists.ts';
import { onItsServer } from './live-server.ts';
import { databasesOption, urlOption, valuesOption, type Databases, type Url, type Values } from './options.ts';
import { printStatements, sentenceOn } from './plan-lines.ts';
import { aside, finding, result, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'plan',
  options: [
    valuesOption,
    urlOption,
    databasesOption,
    new Option('--sql', 'show the text of the schema files that would be applied'),
  ],
  examples: [
    { run: 'shared-postgresql plan --url postgresql://postgres@localhost:5432', does: 'the password comes from PGPASSWORD' },
    { run: 'shared-postgresql plan --compare all', does: 'also what somebody changed by hand inside the databases' },
    { run: 'shared-postgresql plan --sql', does: 'also what the schema files say that would be applied' },
    {
      run: 'shared-postgresql plan --json',
      does: 'the statements for a script, which learns by exit code 2 that there are some',
    },
  ],
  run,
  print,
});

interface Sql {
  readonly sql?: boolean;
}

interface Plan {
  readonly statements: readonly PlannedStatement[];
  /** What no run of provisioning brings: the next upgrade restarts the server for it. */
  readonly restarts: readonly PlannedStatement[];
}

async function run(talk: Talk<Plan>, { values, url, compare, sql }: Values & Url & Databases & Sql): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const plan = await talk.during('asking the server', () =>
    onItsServer(url, generated, async (connection) => ({
      statements: await readPlan({ connection, generated, compare, withSql: sql, progress: talk.progress }),
      restarts: await readRestarts(connection, generated),
    })),
  );
  const isDone = plan.statements.every(({ reported }) => reported);
  return talk.tell(isDone ? ENDINGS.fine.code : ENDINGS.pending.code, plan);
}

/** The statements of each service with their reasons. */
function print({ statements, restarts }: Plan): Line[] {
  const needed = statements.filter(({ reported }) => !reported);
  const reported = statements.filter((row) => row.reported);
  const dangers = needed.filter(({ danger }) => danger !== undefined);
  return [
    ...printStatements(needed),
    ...printCounts(needed),
    ...(dangers.length > 0
      ? [finding(`${sentenceOn(dangers)}; apply asks first, and elsewhere than on a terminal wants --yes`)]
      : []),
    ...(reported.length > 0
      ? [result('\nDrift that provisioning leaves alone, with the statement that would mend it:\n'), ...printStatements(reported)]
      : []),
    ...printRestarts(restarts),
  ];
}

/** How much there is to do, and who has to decide something before. */
function printCounts(needed: readonly PlannedStatement[]): Line[] {
  const [refused, statements] = [needed.filter((row) => row.refused), needed.filter((row) => !row.refused)];
  const namesOf = (rows: readonly PlannedStatement[]): string => listShort([...byService(rows).keys()]);
  return [
    ...(needed.length === 0 ? [aside('nothing to do')] : []),
    ...(statements.length > 0 ? [aside(`${count(statements.length, 'statement')} for ${namesOf(statements)}`)] : []),
    ...(refused.length > 0 ? [finding(`refused until that is decided: ${namesOf(refused)}`)] : []),
  ];
}

function printRestarts(restarts: readonly PlannedStatement[]): Line[] {
  if (restarts.length === 0) return [];
  return [
    result('\nThe next upgrade with these values restarts the server; apply leaves these alone:\n'),
    ...printStatements(restarts),
  ];
}
