import type { Model } from '../model.ts';
import { BANNER, type OutputFile } from './output.ts';

/** Whom the backup pod dumps: a line for each service, with its database, the login that is in use, how many connections that may have, and the one that it belongs to. */
export function renderBackup({ services }: Model): OutputFile[] {
  const lines = services.map(({ name, database, login, connectionLimit, user }) =>
    [name, database, login, connectionLimit, user].join('\t'),
  );
  return [{ path: 'backup/services.tsv', content: `${[`# ${BANNER}`, ...lines].join('\n')}\n` }];
}
