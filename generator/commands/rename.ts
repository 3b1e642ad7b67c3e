import { Argument, Option } from 'commander';
import { namesToKeep, renameService } from '../edit/entries.ts';
import { generate, type Generated } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { readConfirmation } from '../server/confirmation.ts';
import type { Move } from '../generate/write.ts';
import { declare } from './declare.ts';
import { printEdited, save, sourceOf, type Edited } from './edit.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { onItsServer } from './live-server.ts';
import { outOption, valuesOption, type Out, type Url, type Values } from './options.ts';
import { note, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'rename',
  arguments: [new Argument('<service>', 'its name in values.yaml'), new Argument('<name>', 'the name that it gets')],
  options: [
    valuesOption,
    outOption,
    new Option('--url <url>', 'the server, as the admin, to write the line that confirms the database by its number'),
  ],
  examples: [
    { run: 'shared-postgresql rename user-service people-service', does: 'keeps database, logins, Secrets and schema files' },
    {
      run: 'shared-postgresql rename user-service people-service --url postgresql://postgres@localhost',
      does: 'the same where a server has the database already: its number is written too',
    },
  ],
  run,
  print,
});

interface Renamed extends Edited {
  /** The database whose number is still to be confirmed where a server has it. */
  readonly unconfirmed?: string;
}

async function run(talk: Talk<Renamed>, name: string, to: string, options: Values & Out & Url): Promise<ExitCode> {
  const source = sourceOf(options);
  const input = readInput(options);
  const generated = await generate(input);
  const service = serviceOf(generated.model.services, name, source.file);
  const confirmation = options.url === undefined ? undefined : await confirmationOf(options.url, generated, service);
  const text = renameService(source, { name, to }, namesToKeep(service, confirmation));
  const move = moveOf(input.schemaFolders.get(name)?.path, name, to);
  const edited = await save(talk, source, text, { ...options, move });
  const unconfirmed = confirmation === undefined ? service.database : undefined;
  return talk.tell(ENDINGS.fine.code, { ...edited, unconfirmed });
}

function print({ unconfirmed, ...edited }: Renamed): Line[] {
  const lines = printEdited(edited);
  if (unconfirmed === undefined) return lines;
  const hint = `Where a server has ${unconfirmed} already, its number is still to be confirmed: plan prints the line "adopt: …", or use --url.`;
  return [...lines, note(`\n${hint}`)];
}

async function confirmationOf(url: string, generated: Generated, { database }: Service): Promise<string | undefined> {
  return onItsServer(url, generated, (connection) => readConfirmation(connection, database));
}

/** A folder that is named like its service goes along with the name. */
function moveOf(path: string | undefined, name: string, to: string): Move | undefined {
  return path?.endsWith(`/${name}`) === true ? { from: path, to: `${path.slice(0, -name.length)}${to}` } : undefined;
}

function serviceOf(services: readonly Service[], name: string, file: string): Service {
  const service = services.find((each) => each.name === name);
  if (service) return service;
  const hint = `Those that are on: ${services.map((each) => each.name).join(', ') || 'none'}.`;
  throw new InputError([{ file, message: `there is no service ${name} that is on`, hint }]);
}
