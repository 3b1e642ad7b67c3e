import { Argument } from 'commander';
import { archive, printArchived, type Archived, type ArchiveOptions } from './archive.ts';
import { declare } from './declare.ts';
import type { ExitCode } from './endings.ts';
import { backupsOption, otherServerOptions, valuesOption } from './options.ts';
import type { Talk } from './talk.ts';

export const command = declare({
  name: 'backup',
  arguments: [new Argument('[service...]', 'the services; without any, all of them')],
  options: [valuesOption, ...otherServerOptions, backupsOption],
  examples: [
    { run: 'shared-postgresql backup user-service', does: 'one service of the server that dev runs here' },
    {
      run: 'kubectl get secrets --output json | shared-postgresql backup --url postgresql://postgres@localhost --secrets - --backups ./backups',
      does: 'all services of a deployment, into a folder here',
    },
  ],
  run: (talk: Talk<Archived>, services: readonly string[], options: ArchiveOptions): Promise<ExitCode> =>
    archive(talk, options, { name: 'backup.sh', services }),
  print: printArchived,
});
