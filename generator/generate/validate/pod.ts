import type { CompleteValues } from './contract.ts';

/** What the server's pod has by itself, by the field that adds to it; a test compares it with what is rendered. */
export const OWN_NAMES = {
  extraEnv: ['PGDATA', 'PGUSER', 'PGPASSFILE', 'POSTGRES_PASSWORD_FILE', 'POSTGRES_INITDB_ARGS'],
  extraVolumes: ['data', 'config', 'admin', 'scripts', 'watch', 'run', 'tmp', 'shm', 'tls'],
  extraVolumeMounts: [
    '/var/lib/postgresql',
    '/etc/shared-postgresql',
    '/run/secrets/shared-postgresql',
    '/run/secrets/shared-postgresql-tls',
    '/var/run/postgresql',
    '/tmp',
    '/dev/shm',
  ],
  extraInitContainers: ['postgresql', 'watch'],
} as const satisfies Partial<Record<keyof CompleteValues, readonly string[]>>;
