import type { CompleteValues } from '../contract.ts';
import { readQuantity } from '../sizes.ts';
import { majorOf } from '../image.ts';
import type { ServerSetting } from './databases.ts';

/** Of the volume, what the server keeps at most for an archive that does not receive. */
const SHARE = 4;

/** The first major whose server notes which blocks change, so that a base backup can be of these alone. */
const NOTES_CHANGES = 17;

/**
 * With an archive of the write-ahead log, what its base backups read of the server, and what bounds it: a receiver that is gone must not fill the volume (max_slot_wal_keep_size is unlimited unless it is set).
 * A power of two below a quarter of the volume, so that one that is enlarged a little does not restart the server.
 */
export function settingsForArchive(values: CompleteValues): ServerSetting[] {
  const { backup, persistence } = values;
  if (!backup.pointInTime.enabled) return [];
  const megabytes = (readQuantity(persistence.size) ?? 0) / 1024 / SHARE;
  const kept = 2 ** Math.max(6, Math.min(Math.floor(Math.log2(Math.max(megabytes, 1))), 30));
  const notes = majorOf(values) >= NOTES_CHANGES ? [{ setting: 'summarize_wal', value: 'on' }] : [];
  return [{ setting: 'max_slot_wal_keep_size', value: `${kept}MB` }, ...notes];
}
