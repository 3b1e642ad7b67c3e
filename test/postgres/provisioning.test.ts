import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { VALUES } from '../tools/folders.ts';
import { template } from '../tools/helm.ts';
import { runJob } from '../tools/job.ts';
import { parseManifests, type Manifest } from '../tools/manifests.ts';
import { POSTGRES_MAJORS } from '../tools/postgres-binaries.ts';
import { startServer, type Server } from '../tools/server.ts';

describe.each(POSTGRES_MAJORS)('PostgreSQL %i', (major) => {
  let manifests: Manifest[];
  let server: Server;

  beforeAll(async () => {
    const args = ['--values', VALUES, '--set-string', `postgresql.version=${major}`];
    manifests = parseManifests(await template(4, { args }));
    server = await startServer(inject('postgres')[major], manifests);
  });
  afterAll(() => server.stop());

  test('the first run makes everything, the second finds nothing to do', async () => {
    const first = await runJob(manifests, server.port);
    expect(first.output).toContain('3 services: 3 well, 0 not');
    expect(first.code).toBe(0);
    const second = await runJob(manifests, server.port);
    expect(second.output).toBe('3 services: 3 well, 0 not\n');
    expect(second.code).toBe(0);
  });
});
