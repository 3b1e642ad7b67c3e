import type { Effective } from './given-settings.ts';

/** The largest number of processes that PostgreSQL counts (MAX_BACKENDS in its postmaster.h). */
export const MOST_PROCESSES = 262_143;

export interface Processes {
  readonly name: string;
  readonly count: number;
}

/** What a server keeps room for, each with the setting that says how many (InitializeMaxBackends in its postinit.c). */
export function processesOf(settings: Effective, maxConnections: number, major: number): Processes[] {
  const vacuum = major >= 18 ? { name: 'autovacuum_worker_slots', usual: 16 } : { name: 'autovacuum_max_workers', usual: 3 };
  return [
    { name: 'postgresql.maxConnections', count: maxConnections },
    { name: vacuum.name, count: settings.number(vacuum.name, vacuum.usual) },
    { name: 'max_worker_processes', count: settings.number('max_worker_processes', 8) },
    { name: 'max_wal_senders', count: settings.number('max_wal_senders', 10) },
    { name: "the server's own", count: major >= 18 ? 2 : 1 },
  ];
}
