import { Argument, Option } from 'commander';
import { rotate, type Rotated } from '../edit/rotation.ts';
import { declare } from './declare.ts';
import { printEdited, save, sourceOf, type Edited } from './edit.ts';
import { ENDINGS, type ExitCode } from './endings.ts';
import { outOption, valuesOption, type Out, type Values } from './options.ts';
import { aside, type Line, type Talk } from './talk.ts';

export const command = declare({
  name: 'rotate',
  arguments: [
    new Argument('[logins...]', 'services, or roles of them: user-service, user-service.reporting; +monitoring of the platform'),
  ],
  options: [
    valuesOption,
    outOption,
    new Option('--all', 'every login of every service'),
    new Option('--admin', 'the admin'),
    new Option('--archive', 'the login that receives the write-ahead log'),
  ],
  examples: [
    {
      run: 'shared-postgresql rotate user-service',
      does: 'another login with a new password, by the next upgrade; the former stays open for a while',
    },
    { run: 'shared-postgresql rotate --all --admin', does: 'every password, after somebody left' },
  ],
  run,
  print,
});

type Whose = Omit<Rotated, 'logins'>;

async function run(talk: Talk<Edited>, logins: string[], options: Values & Out & Whose): Promise<ExitCode> {
  const source = sourceOf(options);
  return talk.tell(ENDINGS.fine.code, await save(talk, source, rotate(source, { ...options, logins }), options));
}

function print(edited: Edited): Line[] {
  const next =
    'Next: helm upgrade, or the commit that Argo CD or Flux waits for; pods that take the Secret as environment variables then start again.';
  return [...printEdited(edited), aside(`\n${next}`)];
}
