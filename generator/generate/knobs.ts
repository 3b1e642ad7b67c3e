import type { CompleteValues } from './validate/contract.ts';
import { memoryLimitOf } from './validate/budget/memory.ts';
import { majorOf } from './validate/image.ts';
import { textOf } from './validate/settings.ts';
import { readQuantity } from './validate/sizes.ts';

/** What Helm reads of the values for postgresql.conf, for a server without Helm. */
export interface ServerKnobs {
  readonly major: number;
  /** In kB; undefined when the container has none. */
  readonly memoryLimit?: number;
  readonly logStatement: string;
  /** As postgresql.conf has them, between quotes that are not there yet. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What Helm reads of the values for backups, for whoever makes them without Helm. */
export interface BackupKnobs {
  readonly isScheduled: boolean;
  /** Of one service, in seconds. */
  readonly deadline: number;
  /** Older ones are removed, but never the newest `least`. */
  readonly days: number;
  readonly least: number;
}

export function serverKnobsOf(values: CompleteValues): ServerKnobs {
  const { logStatement, settings } = values.postgresql;
  return {
    major: majorOf(values),
    memoryLimit: readQuantity(memoryLimitOf(values) ?? ''),
    logStatement,
    settings: Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, textOf(value)])),
  };
}

export function backupKnobsOf({ backup }: CompleteValues): BackupKnobs {
  return { isScheduled: backup.schedule !== '', deadline: backup.deadlines.service, ...backup.keep };
}
