import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { parseValues } from '../../generator/generate/parse.ts';
import { divide } from '../../generator/generate/validate/budget.ts';
import { checkContract } from '../../generator/generate/validate/contract.ts';
import { deploy } from '../tools/deployment.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { runOk } from '../tools/run.ts';
import { initialiseOnly } from '../tools/server.ts';
import { unprivileged } from '../../generator/laptop/identity.ts';
import { project } from '../tools/project.ts';

const { contract } = project;

/** What is asked for, and with how many connections. */
const ASKED = [
  [200, 'max_locks_per_transaction', '20000'],
  [2000, 'max_locks_per_transaction', '10000'],
  [200, 'max_pred_locks_per_transaction', '20000'],
  [2000, 'max_pred_locks_per_transaction', '10000'],
  [200, 'max_prepared_transactions', '20000'],
  [200, 'max_worker_processes', '20000'],
  [200, 'max_wal_senders', '20000'],
  [200, 'min_dynamic_shared_memory', '2GB'],
  [200, 'wal_buffers', '1GB'],
  [1000, 'track_activity_query_size', '1MB'],
  [1000, 'io_max_concurrency', '1024'],
  [200, 'autovacuum_worker_slots', '20000'],
  [200, 'transaction_buffers', '1GB'],
  [200, 'multixact_member_buffers', '1GB'],
] as const;

/** What the budget counts in kB for the settings that are given, beside the usual. */
function countedFor(major: number, connections: number, settings: string): number {
  const text = `postgresql: { version: '${major}', maxConnections: ${connections}${settings} }\nresources: { limits: { memory: 1Ti } }\n`;
  const { values, problems } = checkContract(parseValues('values.yaml', text), contract);
  expect(problems).toEqual([]);
  return divide(values).memory?.needed ?? 0;
}

describe.each(POSTGRES_MAJORS)('PostgreSQL %i', (major) => {
  test('shares no more than is counted, and not much less', async () => {
    const bin = inject('postgres')[major];
    const { manifests } = await deploy({ values: `postgresql: { version: '${major}' }\nservices: {}\n` });
    const data = await initialiseOnly(bin, manifests);
    // The server's own word is what is asked for here, and no setting of the chart's.
    writeFileSync(join(data, 'postgresql.conf'), '');
    const sharedWith = async (connections: number, ...settings: string[]): Promise<number> => {
      const given = ['shared_buffers=128MB', `max_connections=${connections}`, ...settings].flatMap((each) => ['-c', each]);
      const said = await runOk(join(bin, 'postgres'), ['-D', data, '-C', 'shared_memory_size', ...given], {
        ...unprivileged(),
        cwd: '/',
      });
      return Number(said.trim()) * 1024;
    };
    for (const [connections, name, value] of ASKED.filter(([, name]) => major >= 18 || !/^(io_|autov|trans|multi)/.test(name))) {
      const more = (await sharedWith(connections, `${name}=${value}`)) - (await sharedWith(connections));
      const counted = countedFor(major, connections, `, settings: { ${name}: ${value} }`) - countedFor(major, connections, '');
      expect(more, `${name} is ${value}`).toBeGreaterThan(50 * 1024);
      expect(counted / more, `${name} is ${value}`).toBeGreaterThan(0.97);
      expect(counted / more, `${name} is ${value}`).toBeLessThan(1.35);
    }
  });
});
