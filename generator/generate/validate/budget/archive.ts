import type { CompleteValues } from '../contract.ts';
import { readQuantity } from '../sizes.ts';
import type { ServerSetting } from './databases.ts';

/** Of the volume, what the server keeps at most for an archive that does not receive. */
const SHARE = 4;

/**
 * With an archive of the write-ahead log, what bounds it: a receiver that is gone must not fill the volume (max_slot_wal_keep_size is unlimited unless it is set).
 * A power of two below a quarter of the volume, so that one that is enlarged a little does not restart the server.
 */
export function settingsForArchive({ backup, persistence }: CompleteValues): ServerSetting[] {
  if (!backup.pointInTime.enabled) return [];
  const megabytes = (readQuantity(persistence.size) ?? 0) / 1024 / SHARE;
  const kept = 2 ** Math.max(6, Math.min(Math.floor(Math.log2(Math.max(megabytes, 1))), 30));
  return [{ setting: 'max_slot_wal_keep_size', value: `${kept}MB` }];
}
