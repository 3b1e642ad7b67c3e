import { Argument, InvalidArgumentError, Option } from 'commander';
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { InputError } from '../generate/problem.ts';
import { reasonOf } from '../generate/read/reasons.ts';
import type { ReleaseName } from '../cluster/deployment.ts';
import { archive, printArchived, restoreInCluster, type Archived, type ArchiveOptions } from './archive.ts';
import { declare } from './declare.ts';
import type { ExitCode } from './endings.ts';
import { backupsOption, otherServerOptions, releaseOptions, valuesOption } from './options.ts';
import type { Talk } from './talk.ts';

interface Restore extends ArchiveOptions, ReleaseName {
  readonly from?: string;
  readonly at?: string;
  readonly to?: string;
  readonly mask?: string;
  readonly all?: true;
  readonly cluster?: true;
}

/** What is for this machine, and stands in the values of a deployment. */
const HERE = ['url', 'secrets', 'backups', 'mask'];

export const command = declare({
  name: 'restore',
  arguments: [new Argument('[service...]', 'the services that come back')],
  options: [
    valuesOption,
    ...otherServerOptions,
    backupsOption,
    new Option('--all', 'all services'),
    new Option('--from <time>', 'the newest backup until then: a day, or the time of a backup; without it the newest').argParser(
      readTime,
    ),
    new Option(
      '--at <time>',
      'as it was then, in UTC: out of what backup.pointInTime keeps, with --cluster or in the folder of --backups',
    )
      .argParser(readMoment)
      .conflicts('from'),
    new Option(
      '--to <name>',
      "a database of this name, beside the service's own, which stays as it is; for one service",
    ).argParser(readName),
    new Option('--mask <file>', "SQL that the service's login runs before anybody sees what was restored"),
    new Option('--cluster', 'by a Job in the cluster that kubectl has for its own, from the backups there').conflicts(HERE),
    ...releaseOptions,
  ],
  examples: [
    { run: 'shared-postgresql restore user-service', does: 'into the server that dev runs here, from its newest backup' },
    {
      run: 'shared-postgresql restore user-service --backups ./from-the-cluster --mask mask.sql',
      does: 'from the backups of a cluster that were copied here, without what is personal in them',
    },
    { run: 'shared-postgresql restore user-service --from 2026-11-27 --to userdb_old', does: 'beside what is there' },
    {
      run: 'shared-postgresql restore user-service --cluster --at 2026-11-27T09:30Z',
      does: 'in the cluster, as it was at that time',
    },
    {
      run: 'shared-postgresql restore user-service --at 2026-11-27T09:30Z --backups ./from-the-cluster --to userdb_old',
      does: 'on this machine, out of a base backup and the log that were copied here',
    },
    { run: 'shared-postgresql restore --all --cluster --at 2026-11-27T09:30Z', does: 'all services, at one time' },
  ],
  run,
  print: printArchived,
});

function run(
  talk: Talk<Archived>,
  named: readonly string[],
  { from = '', at = '', to = '', mask, all, cluster, ...options }: Restore,
): Promise<ExitCode> {
  const services = chooseServices(named, all, to);
  if (cluster) return restoreInCluster(talk, options, { services, given: { FROM: from, AT: at, TO: to } });
  if (at !== '' && options.backups === undefined)
    throw refused(
      '--at',
      'a time between two backups is brought back where the log is',
      'Give --cluster as well, or with --backups a folder that has +server of the volume with the backups.',
    );
  const given = { FROM: from, AT: at, TO: to, MASK: mask === undefined ? '' : readable(mask, 'Name a file of SQL with --mask.') };
  if (options.backups !== undefined) readable(options.backups, 'Name a folder of backups with --backups.');
  return archive(talk, options, { name: 'restore.sh', services, given, isPast: at !== '' });
}

/** As restore.sh takes them; * is all. */
function chooseServices(named: readonly string[], all = false, to = ''): readonly string[] {
  if (all === named.length > 0)
    throw refused(
      'the arguments',
      all ? 'there are services, and --all' : 'there is no service',
      'Name services, or give --all.',
    );
  if (to !== '' && (all || named.length > 1))
    throw refused('--to', 'it is the name of one database, for several services', 'Restore one after the other.');
  return all ? ['*'] : named;
}

const refused = (file: string, message: string, hint: string): InputError => new InputError([{ file, message, hint }]);

/** As restore.sh takes them. */
function readTime(text: string): string {
  if (/^\d{4}-\d\d-\d\d(T\d\d-\d\d-\d\dZ)?$/.test(text)) return text;
  throw new InvalidArgumentError('It is a day, as 2026-11-27, or the time of a backup, as 2026-11-27T02-17-03Z, both in UTC.');
}

function readMoment(text: string): string {
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?$/.test(text)) return text;
  throw new InvalidArgumentError('It is a time in UTC, as 2026-11-27T09:30:00Z.');
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
