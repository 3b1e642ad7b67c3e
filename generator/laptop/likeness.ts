import type { Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { parserOfPostgres } from '../generate/validate/parser.ts';
import { beginningOf, schemaOfDump } from '../import/dump.ts';
import { apply } from '../server/apply.ts';
import { addressOf } from '../server/session.ts';
import { startDeployment, using, type LocalDeployment } from './deployment.ts';
import { dumpSchema, findDumper, type Dumper, type Libpq } from './dump.ts';
import { makeTemporaryHome, removeHome } from './home.ts';
import { LaptopError } from './laptop-error.ts';

/** In what the database of a service differs from what its schema files make, as the beginnings of statements of pg_dump. */
export interface Likeness {
  readonly service: string;
  /** What only the live database has. */
  readonly onlyThere: readonly string[];
  /** What only the schema files make. */
  readonly onlyInFiles: readonly string[];
  /** What the schema files broke with, on an empty server. */
  readonly broken: readonly string[];
}

/** Makes the services on a throw-away server of this machine by their schema files, and compares both by pg_dump. Throws LaptopError. */
export async function compareWithFiles(
  generated: Generated,
  services: readonly Service[],
  live: Libpq,
): Promise<readonly Likeness[]> {
  const dumper = findDumper(generated.model.server.major);
  const home = makeTemporaryHome();
  try {
    return await using(startDeployment(home, generated, true), (deployment) =>
      compare(deployment, { generated, services, live, dumper }),
    );
  } finally {
    removeHome(home);
  }
}

interface Comparing {
  readonly generated: Generated;
  readonly services: readonly Service[];
  readonly live: Libpq;
  readonly dumper: Dumper;
}

async function compare({ server, passwords }: LocalDeployment, comparing: Comparing): Promise<Likeness[]> {
  const { connection } = server;
  const { generated, services, live } = comparing;
  const lines: string[] = [];
  const progress = { start: () => undefined, step: () => undefined, stop: () => undefined };
  const say = (line: string): unknown => lines.push(line);
  await apply({ connection, generated, passwords, compare: 'changed', say, progress });
  const { host, port, user, password } = addressOf(connection);
  const here = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGSSLMODE: 'disable' };
  const likenesses: Likeness[] = [];
  for (const service of services) {
    const [there, made] = [await statementsOf(service, live, comparing), await statementsOf(service, here, comparing)];
    const broken = lines.filter((line) => line.startsWith(`${service.name}: ERROR:`));
    likenesses.push({ service: service.name, onlyThere: without(there, made), onlyInFiles: without(made, there), broken });
  }
  return likenesses;
}

/** As a schema file would have them, so that what no schema file makes is no difference. */
async function statementsOf(
  { database, user }: Service,
  from: Libpq,
  { generated, dumper }: Comparing,
): Promise<readonly string[]> {
  const { major } = generated.model.server;
  const whose = { major, database, logins: [user], roles: new Set([user]), extensions: [], isOfficialImage: true };
  const schema = await schemaOfDump(await dumpSchema(dumper, from, database), whose, parserOfPostgres(major));
  if ('statements' in schema) return schema.statements;
  throw new LaptopError(`the dump of ${database} cannot be read as SQL: line ${schema.line}: ${schema.message}`);
}

function without(statements: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return statements.filter((sql) => !known.has(sql)).map(beginningOf);
}
