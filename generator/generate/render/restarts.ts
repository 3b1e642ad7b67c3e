import { RESTARTS_PATH } from '../layout.ts';
import type { Model } from '../model.ts';
import { BANNER, type OutputFile } from './output.ts';

/** chart/restarts.json: what the next run compares with, to say what restarts the server. Helm leaves it out of the chart. */
export function renderRestarts({ restarts }: Model): OutputFile[] {
  const content = `${JSON.stringify({ $comment: BANNER, restarts }, null, 2)}\n`;
  return [{ path: RESTARTS_PATH, content }];
}
