import type { CompleteValues } from '../contract.ts';
import { enabledServices, stepAbove } from './sum.ts';

/** Up to so many databases PostgreSQL's own defaults are right. */
const FEW_DATABASES = 100;

/** autovacuum_naptime that each database adds, in seconds: the launcher then starts at most five workers a second. */
const NAPTIME_PER_DATABASE = 0.2;

/** PostgreSQL's autovacuum_naptime, in seconds. */
const NAPTIME = 60;

/** A setting of the server, as postgresql.conf has it. */
export interface ServerSetting {
  readonly setting: string;
  readonly value: string;
}

/**
 * What a server of many databases needs, unless postgresql.settings says otherwise.
 *
 * recovery_init_sync_method: after a crash PostgreSQL syncs every file, some 300 for each database, before it recovers. syncfs (from 14 on, Linux)
 * does that in one call: with 1,000 databases the server was ready after 0.8 s instead of 18.2 s.
 *
 * autovacuum_naptime: within it the launcher visits each database once, but it starts no two workers within 100 ms. Without more time it
 * would start ten a second for ever, whatever there is to do.
 */
export function settingsForMany(values: CompleteValues): ServerSetting[] {
  const databases = stepAbove(enabledServices(values).length, FEW_DATABASES);
  if (databases === FEW_DATABASES) return [];
  const naptime = Math.round(databases * NAPTIME_PER_DATABASE);
  const longer = naptime > NAPTIME ? [{ setting: 'autovacuum_naptime', value: `${naptime}s` }] : [];
  return [{ setting: 'recovery_init_sync_method', value: 'syncfs' }, ...longer];
}
