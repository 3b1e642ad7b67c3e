import type { Model } from '../model.ts';
import { BANNER, type OutputFile } from './output.ts';

/** Whom the backup pod dumps: a line for each service, with its database, its login and how many connections that may have. */
export function renderBackup({ services }: Model): OutputFile[] {
  const lines = services.map(({ name, database, user, connectionLimit }) => [name, database, user, connectionLimit].join('\t'));
  return [{ path: 'backup/services.tsv', content: `${[`# ${BANNER}`, ...lines].join('\n')}\n` }];
}
