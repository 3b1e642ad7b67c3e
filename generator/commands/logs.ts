import { Argument, Option } from 'commander';
import type { ReleaseName } from '../cluster/deployment.ts';
import { printNewestLogs } from '../cluster/logs.ts';
import { declare } from './declare.ts';
import type { ExitCode } from './endings.ts';
import { releaseOptions } from './options.ts';
import type { Talk } from './talk.ts';

/** Whose log was printed. */
interface Told {
  readonly pod: string;
}

export const command = declare({
  name: 'logs',
  arguments: [
    new Argument('[component]', 'whose')
      .choices(['provisioning', 'verification', 'server', 'backup', 'archive'])
      .default('provisioning'),
  ],
  options: [...releaseOptions, new Option('--follow', 'go on until it ends')],
  examples: [
    {
      run: 'shared-postgresql logs --follow',
      does: 'the newest run of provisioning, line by line: which service is not well, and why',
    },
    { run: 'shared-postgresql logs backup --namespace data', does: 'the newest backup' },
  ],
  run,
  print: () => [],
});

async function run(
  talk: Talk<Told>,
  component: string,
  { follow = false, ...where }: ReleaseName & { readonly follow?: boolean },
): Promise<ExitCode> {
  const { pod, code } = await printNewestLogs(component, where, { follow, out: talk.meanwhile });
  return talk.tell(code, { pod });
}
