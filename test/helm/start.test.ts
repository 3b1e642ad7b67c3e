import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { CHART, temporaryFolder } from '../tools/folders.ts';
import { template } from '../tools/helm.ts';
import { at, dataOf, listAt, parseManifests, pick, type Manifest } from '../tools/manifests.ts';
import { run, type Result } from '../tools/run.ts';

const SCRIPT = join(CHART, 'engines/pod/start.sh');

interface Start extends Result {
  readonly folder: string;
}

/** As the image's does: reads the password into its environment, and becomes what it was given. */
const ENTRYPOINT = `#!/bin/bash
echo "<$1>"
export POSTGRES_PASSWORD="$(<"$POSTGRES_PASSWORD_FILE")"
unset POSTGRES_PASSWORD_FILE
exec "$@"
`;

/** Runs the script with such an entrypoint, and a server that tells what it was given. */
async function start(secret: string): Promise<Start> {
  const folder = temporaryFolder();
  writeFiles(folder, {
    password: secret,
    'run/earlier': '',
    'bin/docker-entrypoint.sh': ENTRYPOINT,
    'bin/postgres': '#!/bin/sh\nfor each; do echo "<$each>"; done\nenv\numask\n',
  });
  for (const program of ['docker-entrypoint.sh', 'postgres']) chmodSync(join(folder, 'bin', program), 0o755);
  const env = {
    PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`,
    POSTGRES_PASSWORD_FILE: join(folder, 'password'),
    PGPASSFILE: join(folder, 'run/.pgpass'),
    PGDATA: join(folder, '18/docker'),
  };
  return { folder, ...(await run('bash', ['-c', 'umask 022; exec bash "$@"', '-', SCRIPT, '-c', 'a b=c'], { env })) };
}

/** What the Job says as well. */
const WITHOUT = /^WITHOUT_PASSWORDS='(.*)'$/m.exec(readFileSync(join(CHART, 'provisioning/login.sh'), 'utf8'))?.[1] ?? 'missing';

describe('the start of the server', () => {
  test.each([
    ['simple', 'simple'],
    ['a:b\\c', 'a\\:b\\\\c'],
    [String.raw`\:*'"$(id) ü%s`, String.raw`\\\:*'"$(id) ü%s`],
  ])('with the password %j, psql finds %j in a file of its own', async (password, escaped) => {
    const { folder, stdout, stderr, code } = await start(`${password}\n`);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(readFileSync(join(folder, 'run/.pgpass'), 'utf8')).toBe(`*:*:*:postgres:${escaped}\n`);
    expect(statSync(join(folder, 'run/.pgpass')).mode & 0o777).toBe(0o600);
    expect(stdout.split('\n').slice(0, 3)).toEqual(['<postgres>', '<-c>', '<a b=c>']);
    expect(stdout).toMatch(/^0?022$/m);
    expect(stdout).not.toContain(password);
  });

  test('a file of an earlier start is replaced', async () => {
    const { folder } = await start('first');
    writeFiles(folder, { password: 'second' });
    const env = {
      PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`,
      POSTGRES_PASSWORD_FILE: join(folder, 'password'),
      PGPASSFILE: join(folder, 'run/.pgpass'),
      PGDATA: join(folder, '18/docker'),
    };
    expect((await run('bash', [SCRIPT], { env })).code).toBe(0);
    expect(readFileSync(join(folder, 'run/.pgpass'), 'utf8')).toBe('*:*:*:postgres:second\n');
  });

  test.each(['', '\n', 'two\nlines'])('with the Secret %j there is no start', async (secret) => {
    const { stdout, stderr, code } = await start(secret);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toBe(`the admin's Secret has no usable key 'password': it must be one line that is not empty. ${WITHOUT}\n`);
  });

  test('without the key at all there is none either, and the same is said', async () => {
    const env = { PATH: process.env['PATH'] ?? '', POSTGRES_PASSWORD_FILE: join(temporaryFolder(), 'password') };
    const { stdout, stderr, code } = await run('bash', [SCRIPT], { env });
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toMatch(/^the admin's Secret has no usable key 'password': .*as by helm template and Argo CD.*\n$/);
  });

  test('is what the pod runs, with the configuration as arguments', async () => {
    const manifests = parseManifests(await template(4));
    const container = at(pick(manifests, 'StatefulSet'), 'spec', 'template', 'spec', 'containers', 0);
    expect(at(container, 'command')).toEqual(['bash', '/etc/shared-postgresql/start.sh']);
    expect(listAt(container, 'args').filter((arg) => arg !== '-c')).toEqual([
      'config_file=/etc/shared-postgresql/postgresql.conf',
      'hba_file=/etc/shared-postgresql/pg_hba.conf',
      'ssl=on',
      'ssl_cert_file=/run/secrets/shared-postgresql-tls/tls.crt',
      'ssl_key_file=/run/secrets/shared-postgresql-tls/tls.key',
      'ssl_ca_file=/run/secrets/shared-postgresql-tls/ca.crt',
    ]);
    expect(listAt(container, 'env')).toContainEqual({ name: 'PGPASSFILE', value: '/var/run/postgresql/.pgpass' });
    expect(configOf(manifests)['start.sh']).toBe(readFileSync(SCRIPT, 'utf8'));
  });
});

const configOf = (manifests: readonly Manifest[]): Record<string, string> =>
  dataOf(pick(manifests, 'ConfigMap', 'shared-postgresql-config'));

test('whoever has no password keeps a connection for ten seconds, and no log has parameters, unless values say otherwise', async () => {
  const conf = configOf(parseManifests(await template(4)))['postgresql.conf'];
  const lines = ["authentication_timeout = '10s'", "log_parameter_max_length = '0'", "log_parameter_max_length_on_error = '0'"];
  for (const line of lines) expect(conf?.split('\n')).toContain(line);
  const set = 'postgresql.settings.authentication_timeout=1min,postgresql.settings.log_parameter_max_length=-1';
  const given = configOf(parseManifests(await template(4, { args: ['--set', set] })))['postgresql.conf'] ?? '';
  expect(given.match(/^(authentication_timeout|log_parameter\w*) = .*$/gm)).toEqual([
    "log_parameter_max_length_on_error = '0'",
    "authentication_timeout = '1min'",
    "log_parameter_max_length = '-1'",
  ]);
});
