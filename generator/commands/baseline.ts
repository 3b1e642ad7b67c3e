import { Argument, Option } from 'commander';
import { generate, type Generated } from '../generate/generate.ts';
import { LISTED, listShort } from '../generate/lists.ts';
import type { Service } from '../generate/model.ts';
import { printableLine } from '../generate/printable.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { compareWithFiles, type Likeness } from '../laptop/likeness.ts';
import { baseline, type Baselined } from '../server/baseline.ts';
import type { Connection } from '../server/session.ts';
import { refuseUnknown } from './archive.ts';
import { declare } from './declare.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { libpqOf } from './libpq.ts';
import { count } from './lists.ts';
import { onItsServer } from './live-server.ts';
import { urlOption, valuesOption, type Url, type Values } from './options.ts';
import { aside, complaint, finding, result, type Line, type Talk } from './talk.ts';

interface Options extends Values, Url {
  readonly all?: true;
  readonly unchecked?: true;
}

export const command = declare({
  name: 'baseline',
  arguments: [new Argument('[service...]', 'the services whose databases have it all already')],
  options: [
    valuesOption,
    urlOption,
    new Option('--all', 'all services that have schema files'),
    new Option('--unchecked', 'without making the services on a throw-away server and comparing the two'),
  ],
  examples: [
    {
      run: 'shared-postgresql baseline --all --url postgresql://postgres@localhost:5432',
      does: 'after import, before the first apply',
    },
    {
      run: 'shared-postgresql baseline user-service --unchecked',
      does: 'where the files are known to differ, and what is there counts',
    },
  ],
  run,
  print,
});

/** What the ledgers have now, and why not more. */
interface Recorded {
  readonly services: readonly Baselined[];
  readonly differences: readonly Likeness[];
}

async function run(talk: Talk<Recorded>, named: readonly string[], { values, url, all, unchecked }: Options): Promise<ExitCode> {
  const generated = await generate(readInput({ values }));
  const services = choose(generated, named, all === true);
  const told = await talk.during('comparing', () =>
    onItsServer(url, generated, async (connection) => {
      const live = libpqOf(connection, url);
      const differences = unchecked ? [] : (await compareWithFiles(generated, services, live)).filter(isOther);
      return { differences, services: await recordLike(connection, generated, services, differences) };
    }),
  );
  const isDone = told.differences.length === 0 && told.services.every(({ refusal }) => refusal === undefined);
  return talk.tell(isDone ? ENDINGS.fine.code : ENDINGS.amiss.code, told);
}

const isOther = ({ onlyThere, onlyInFiles, broken }: Likeness): boolean =>
  onlyThere.length + onlyInFiles.length + broken.length > 0;

function choose(generated: Generated, named: readonly string[], all: boolean): readonly Service[] {
  refuseUnknown(generated, named);
  if (all && named.length > 0) throw refusal('services are named, and --all is given', 'Do one of the two.');
  const { services } = generated.model;
  const without = services.filter(({ name, schemaFiles }) => named.includes(name) && schemaFiles.length === 0);
  const names = listShort(without.map(({ name }) => name));
  if (without.length > 0)
    throw refusal(`no schema files, and so nothing to record: ${names}`, 'Name services that have some, or give --all.');
  const chosen = services.filter(({ name, schemaFiles }) => (all ? schemaFiles.length > 0 : named.includes(name)));
  if (chosen.length > 0) return chosen;
  const nowhere = 'no service has schema files, so that there is nothing to record';
  throw all
    ? refusal(nowhere, 'Write them into schema/databases/<service>/, or have import or import-schema make them.')
    : refusal('no service is named', 'Name services, or give --all.');
}

function refusal(message: string, hint: string): InputError {
  return new InputError([{ file: 'the arguments', message, hint }]);
}

/** Those whose databases are as their schema files make them. */
function recordLike(
  connection: Connection,
  generated: Generated,
  chosen: readonly Service[],
  differences: readonly Likeness[],
): Promise<readonly Baselined[]> {
  const others = new Set(differences.map(({ service }) => service));
  return baseline({ connection, generated, services: chosen.filter(({ name }) => !others.has(name)) });
}

function print({ services, differences }: Recorded): Line[] {
  return [
    ...services.map(lineOn),
    ...differences.flatMap(linesOn),
    ...(differences.length > 0
      ? [
          aside(
            'nothing was recorded of these; put the difference into the schema files, or give --unchecked if what is there counts',
          ),
        ]
      : []),
  ];
}

function lineOn({ service, recorded, refusal }: Baselined): Line {
  if (refusal !== undefined) return complaint(printableLine(`${service}: ${refusal}`));
  const what =
    recorded.length === 0
      ? 'all its schema files were recorded before'
      : `recorded ${count(recorded.length, 'schema file')} as applied`;
  return result(`${service}: ${what}`);
}

function linesOn({ service, onlyThere, onlyInFiles, broken }: Likeness): Line[] {
  const lines = [
    ...broken,
    ...onlyThere.map((sql) => `${service}: only in the database: ${sql}`),
    ...onlyInFiles.map((sql) => `${service}: only in the schema files: ${sql}`),
  ];
  const more = lines.length - LISTED;
  return [...lines.slice(0, LISTED), ...(more > 0 ? [`${service}: and ${more} more`] : [])].map((line) =>
    finding(printableLine(line)),
  );
}
