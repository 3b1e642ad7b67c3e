import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { startLab, type Lab } from '../tools/lab.ts';
import { at } from '../tools/manifests.ts';
import type { PostgresMajor } from '../tools/postgres-binaries.ts';

const BOTH = 'services:\n  a-service: {}\n  b-service: {}\n';
const WITHOUT_B = 'services:\n  a-service: {}\n';

/** Nothing of this depends on it. */
const major: PostgresMajor = 15;

describe('what somebody loses by a run, on PostgreSQL 15', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(major, { values: BOTH });
    expect((await lab.command('apply')).code).toBe(0);
  });
  afterAll(() => lab.server.end());

  const canLogIn = async (): Promise<boolean> =>
    (await lab.admin<{ rolcanlogin: boolean }>(`SELECT rolcanlogin FROM pg_roles WHERE rolname = 'bdb_user'`))[0]?.rolcanlogin ??
    false;

  test('is marked in the plan, and apply changes nothing without --yes where nobody can be asked', async () => {
    await lab.change({ values: WITHOUT_B });
    const plan = await lab.command('plan');
    expect(plan.stdout).toContain(
      'server\n  LOCKS OUT: ALTER ROLE bdb_user NOLOGIN\n      retained: no service declares database bdb any more\n',
    );
    expect(plan.stdout).toContain(
      '\n1 statement locks a login out; apply asks first, and elsewhere than on a terminal wants --yes\n',
    );
    const document: unknown = JSON.parse((await lab.command('plan', '--json')).stdout);
    expect(at(document, 'statements')).toContainEqual(
      expect.objectContaining({ statement: 'ALTER ROLE bdb_user NOLOGIN', danger: 'locks out' }),
    );
    const refused = await lab.command('apply');
    expect(refused.code).toBe(ENDINGS.refused.code);
    expect(refused.stderr).toBe(
      '  LOCKS OUT: ALTER ROLE bdb_user NOLOGIN\n      retained: no service declares database bdb any more\n' +
        'apply: 1 statement locks a login out, which nobody confirmed\n' +
        '  Write --yes if that is meant; the lines above say what is lost.\n\n1 problem; nothing was written.\n',
    );
    expect(await canLogIn()).toBe(true);
    expect((await lab.command('apply', '--yes')).code).toBe(0);
    expect(await canLogIn()).toBe(false);
  });

  test('a database that is dropped', async () => {
    const [found] = await lab.admin<{ oid: number }>(`SELECT oid::int FROM pg_database WHERE datname = 'bdb'`);
    await lab.change({ values: `${WITHOUT_B}  b-service: { enabled: false, drop: confirm-bdb-${found?.oid}-without-backup }\n` });
    expect((await lab.command('plan')).stdout).toContain('  DROPS: DROP DATABASE bdb\n');
    const refused = await lab.command('apply');
    expect(refused.stderr).toMatch(/^apply: \d statements drop a database or role, which nobody confirmed$/m);
    expect(await lab.admin(`SELECT FROM pg_database WHERE datname = 'bdb'`)).toHaveLength(1);
    expect((await lab.command('apply', '--yes')).code).toBe(0);
    expect(await lab.admin(`SELECT FROM pg_database WHERE datname = 'bdb'`)).toEqual([]);
  });

  test('nothing is asked where nobody loses anything', async () => {
    await lab.change({ values: `${WITHOUT_B}  c-service: {}\n` });
    expect((await lab.command('plan')).stdout).not.toContain('--yes');
    expect((await lab.command('apply')).code).toBe(0);
  });
});
