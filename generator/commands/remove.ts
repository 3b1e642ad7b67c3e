import { Argument } from 'commander';
import { removeService } from '../edit/entries.ts';
import { declare } from './declare.ts';
import { printEdited, save, sourceOf, type Edited } from './edit.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import type { Talk } from './talk.ts';

export const command = declare({
  name: 'remove',
  arguments: [new Argument('<service>', 'its name in values.yaml')],
  options: [valuesOption, outOption],
  examples: [{ run: 'shared-postgresql remove user-service', does: 'its logins are locked by the next upgrade, its data stays' }],
  run,
  print: printEdited,
});

async function run(talk: Talk<Edited>, service: string, options: Values & Out): Promise<ExitCode> {
  const source = sourceOf(options);
  return talk.tell(ENDINGS.fine.code, await save(talk, source, removeService(source, service), options));
}
