import { Argument, InvalidArgumentError, Option } from 'commander';
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { InputError } from '../generate/problem.ts';
import { reasonOf } from '../generate/read/reasons.ts';
import { archive, printArchived, type Archived, type ArchiveOptions } from './archive.ts';
import { declare } from './declare.ts';
import type { ExitCode } from './endings.ts';
import { backupsOption, otherServerOptions, valuesOption } from './options.ts';
import type { Talk } from './talk.ts';

interface Restore extends ArchiveOptions {
  readonly from?: string;
  readonly to?: string;
  readonly mask?: string;
}

export const command = declare({
  name: 'restore',
  arguments: [new Argument('<service>', 'the service that comes back')],
  options: [
    valuesOption,
    ...otherServerOptions,
    backupsOption,
    new Option('--from <time>', 'the newest backup until then: a day, or the time of a backup; without it the newest').argParser(
      readTime,
    ),
    new Option('--to <name>', "a database of this name, beside the service's own, which stays as it is").argParser(readName),
    new Option('--mask <file>', "SQL that the service's login runs before anybody sees what was restored"),
  ],
  examples: [
    { run: 'shared-postgresql restore user-service', does: 'into the server that dev runs here, from its newest backup' },
    {
      run: 'shared-postgresql restore user-service --backups ./from-the-cluster --mask mask.sql',
      does: 'from the backups of a cluster that were copied here, without what is personal in them',
    },
    { run: 'shared-postgresql restore user-service --from 2026-11-27 --to userdb_old', does: 'beside what is there' },
  ],
  run,
  print: printArchived,
});

function run(talk: Talk<Archived>, service: string, { from = '', to = '', mask, ...options }: Restore): Promise<ExitCode> {
  const given = { FROM: from, TO: to, MASK: mask === undefined ? '' : readable(mask, 'Name a file of SQL with --mask.') };
  if (options.backups !== undefined) readable(options.backups, 'Name a folder of backups with --backups.');
  return archive(talk, options, { name: 'restore.sh', services: [service], given });
}

/** As restore.sh takes them. */
function readTime(text: string): string {
  if (/^\d{4}-\d\d-\d\d(T\d\d-\d\d-\d\dZ)?$/.test(text)) return text;
  throw new InvalidArgumentError('It is a day, as 2026-11-27, or the time of a backup, as 2026-11-27T02-17-03Z, both in UTC.');
}

function readName(text: string): string {
  if (/^(?!pg_)[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It is a letter or an underscore, then letters, digits, underscores and hyphens, at most 63; not pg_.',
  );
}

/** The whole path: the script runs elsewhere. */
function readable(file: string, hint: string): string {
  try {
    accessSync(file, constants.R_OK);
    return resolve(file);
  } catch (error) {
    throw new InputError([{ file, message: `it cannot be read: ${reasonOf(error)}`, hint }]);
  }
}
