import { Command } from 'commander';
import { removeService } from '../edit/entries.ts';
import { save, sourceOf } from './edit.ts';
import { endingWith, type ExitCode } from './errors.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';

export const command = new Command('remove')
  .argument('<service>', 'its name in values.yaml')
  .addOption(valuesOption)
  .addOption(outOption)
  .action(endingWith(run));

async function run(service: string, options: Values & Out): Promise<ExitCode> {
  const source = sourceOf(options);
  return save(source, removeService(source, service), options);
}
