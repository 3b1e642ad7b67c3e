import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { IMPATIENT } from '../tools/cutting.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { run, type Result } from '../tools/run.ts';

/** What the image's does with a volume that holds a server, or none. */
const ENTRYPOINT = '#!/bin/bash\necho starts\n';

/** Runs the server's own script on a volume with these majors. */
async function start(
  version: string,
  majors: readonly string[],
  environment: Record<string, string> = {},
  around = '"$@"',
): Promise<Result & { folders: readonly string[] }> {
  const folder = temporaryFolder();
  writeFiles(folder, {
    password: 'x',
    'bin/docker-entrypoint.sh': ENTRYPOINT,
    'bin/postgres': '',
    'bin/flock': IMPATIENT,
    'run/.keep': '',
    'volume/.keep': '',
  });
  for (const major of majors) writeFiles(folder, { [`volume/${major}/docker/PG_VERSION`]: major });
  for (const name of ['docker-entrypoint.sh', 'postgres', 'flock']) chmodSync(join(folder, 'bin', name), 0o755);
  const result = await run('sh', ['-c', around, 'sh', 'bash', join(CHART, 'engines/pod/start.sh')], {
    env: {
      ...environment,
      VOLUME: join(folder, 'volume'),
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      PGDATA: join(folder, 'volume', version, 'docker'),
      POSTGRES_PASSWORD_FILE: join(folder, 'password'),
      PGPASSFILE: join(folder, 'run/.pgpass'),
    },
  });
  const folders = ['15', '18'].flatMap((major) => {
    const path = join(folder, 'volume', major);
    return existsSync(path) ? readdirSync(path).map((name) => `${major}/${name.replace(/\d{4}-.*/, 'TIME')}`) : [];
  });
  return { ...result, folders };
}

describe('the server on a volume of several majors', () => {
  test('starts with what its own major has there, and on an empty one', async () => {
    for (const [version, majors] of [
      ['18', []],
      ['18', ['15', '18']],
      ['15', ['15']],
    ] as const)
      expect(await start(version, majors)).toMatchObject({ code: 0, output: 'starts\n' });
  });

  test('does not take the data of another major for nothing', async () => {
    const { code, output } = await start('18', ['15']);
    expect(output).toBe(
      "the volume has the data of PostgreSQL 15 and none of 18: set postgresql.version to 15, or bring it over with postgresql.upgradeFrom.version: '15' (docs/upgrade.md)\n",
    );
    expect(code).toBe(1);
  });

  test('goes back to a former major only when it is told to, and keeps what the later one had', async () => {
    const refused = await start('15', ['15', '18']);
    expect(refused.output).toBe(
      "the volume has the data of PostgreSQL 18, and postgresql.version is 15: set it to 18. What PostgreSQL 15 had before an upgrade comes back, without what was written since, with postgresql.returnFrom.version: '18'\n",
    );
    expect(refused.code).toBe(1);
    const { code, folders } = await start('15', ['15', '18'], { RETURN_FROM: '18' });
    expect({ code, folders }).toEqual({ code: 0, folders: ['15/docker', '18/left-TIME'] });
    expect((await start('15', ['18'], { RETURN_FROM: '18' })).code).toBe(1);
  });

  test('leaves it to another pod that has it', async () => {
    const begun = await start('18', ['15', '18'], { RETURN_FROM: '15' }, '/usr/bin/flock --exclusive "$VOLUME" "$@"');
    expect(begun).toMatchObject({
      code: 1,
      output:
        'another pod has the volume: it serves it, or upgrades it. This one begins anew, and goes on once the other has ended (kubectl get pods)\n',
      folders: ['15/docker', '18/docker'],
    });
    expect(await start('18', ['18'], {}, '/usr/bin/flock --shared "$VOLUME" true; "$@"')).toMatchObject({
      code: 0,
      output: 'starts\n',
    });
  });
});
