import { Argument } from 'commander';
import { addService } from '../edit/entries.ts';
import { declare } from './declare.ts';
import { printEdited, save, sourceOf, type Edited } from './edit.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import type { Talk } from './talk.ts';

export const command = declare({
  name: 'add',
  arguments: [new Argument('<name>', 'its name: lower-case letters, digits and hyphens')],
  options: [valuesOption, outOption],
  examples: [{ run: 'shared-postgresql add order-service', does: 'one service more: database orderdb, login orderdb_user' }],
  run,
  print: printEdited,
});

async function run(talk: Talk<Edited>, name: string, options: Values & Out): Promise<ExitCode> {
  const source = sourceOf(options);
  return talk.tell(ENDINGS.fine.code, await save(talk, source, addService(source, name), options));
}
