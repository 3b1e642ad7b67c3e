import { Command, Option } from 'commander';
import { namesToKeep, renameService } from '../edit/entries.ts';
import { generate } from '../generate/generate.ts';
import type { Service } from '../generate/model.ts';
import { InputError } from '../generate/problem.ts';
import { readInput } from '../generate/read.ts';
import { readConfirmation } from '../server/confirmation.ts';
import type { Move } from '../generate/write.ts';
import { save, sourceOf } from './edit.ts';
import { endingWith, type ExitCode } from './errors.ts';
import { onServer } from './live-server.ts';
import { outOption, valuesOption, type Out, type Url, type Values } from './options.ts';

export const command = new Command('rename')
  .argument('<service>', 'its name in values.yaml')
  .argument('<name>', 'the name that it gets')
  .addOption(valuesOption)
  .addOption(outOption)
  .addOption(new Option('--url <url>', 'the server, as the admin, to write the line that confirms the database by its number'))
  .action(endingWith(run));

async function run(name: string, to: string, options: Values & Out & Url): Promise<ExitCode> {
  const source = sourceOf(options);
  const input = readInput(options);
  const service = serviceOf((await generate(input)).model.services, name, source.file);
  const confirmation = options.url === undefined ? undefined : await confirmationOf(options.url, service);
  const text = renameService(source, { name, to }, namesToKeep(service, confirmation));
  const code = await save(source, text, { ...options, move: moveOf(input.schemaFolders.get(name)?.path, name, to) });
  if (confirmation === undefined)
    console.log(
      `\nWhere a server has ${service.database} already, its number is still to be confirmed: plan prints the line "adopt: …", or use --url.`,
    );
  return code;
}

async function confirmationOf(url: string, { database }: Service): Promise<string | undefined> {
  return onServer(url, (connection) => readConfirmation(connection, database));
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
