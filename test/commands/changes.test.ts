import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refuseEmptied } from '../../generator/generate/changes.ts';
import { compareChart } from '../../generator/generate/compare.ts';
import { generate } from '../../generator/generate/generate.ts';
import { InputError } from '../../generator/generate/problem.ts';
import { readInput } from '../../generator/generate/read.ts';
import { write } from '../../generator/generate/write.ts';
import { writeFiles } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { project } from '../tools/project.ts';

/** What generate says of the second values.yaml, when the chart was generated of the first. */
async function notesAfter(before: string, after: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  const from = { values: join(folder, 'values.yaml'), out: join(folder, 'chart') };
  const notes: string[] = [];
  for (const text of [before, after]) {
    writeFileSync(from.values, text);
    const input = readInput(from, project);
    const generated = await generate(input);
    write(from.out, compareChart(input.chart, generated.files), () => undefined);
    notes.splice(0, notes.length, ...generated.notes.filter((note) => !note.endsWith('belongs to no service')));
    refuseEmptied(input, generated.model);
  }
  return notes;
}

const TWO = 'services:\n  user-service: {}\n  mail: { roles: { report: {} } }\n';

test('nothing is said of a service that is added, or of a limit that changes', async () => {
  expect(await notesAfter(TWO, `${TWO}  third: {}\n`)).toEqual([]);
  expect(await notesAfter(TWO, TWO.replace('{}', '{ connectionLimit: 3 }'))).toEqual([]);
});

test('a placeholder between single braces, which nobody replaces', async () => {
  expect(await notesAfter(TWO, `${TWO}connections: { templates: { ours: '{password}' } }\n`)).toEqual([
    'connections.templates.ours has {password}, which stays as it is; a placeholder has two braces on each side: {{password}}',
  ]);
});

test('a service that is removed or switched off: who is locked out, and what stays', async () => {
  expect(await notesAfter(TWO, 'services:\n  user-service: {}\n')).toEqual([
    'mail is no longer declared: the next upgrade locks maildb_user, maildb_report; what is in maildb stays',
  ]);
  expect(await notesAfter(TWO, TWO.replace('{}', '{ enabled: false }'))).toEqual([
    'user-service is switched off: the next upgrade locks userdb_user; what is in userdb stays',
  ]);
  expect(await notesAfter(TWO, TWO.replace('{}', '{ enabled: false, drop: confirm-userdb-16400 }'))).toEqual([]);
});

test('a counter of rotations that goes down: what comes back, and what to write', async () => {
  const rotated = TWO.replace('{}', '{ rotation: 3 }').replace('report: {}', 'report: { rotation: 2 }');
  const told = (path: string, before: number, after: number): string =>
    `${path}.rotation goes down from ${before} to ${after}: where ${before} was installed, a derived password that was given up comes back; write ${before + 1}`;
  expect(await notesAfter(rotated, TWO)).toEqual([told('services.mail.roles.report', 2, 0), told('services.user-service', 3, 0)]);
  expect(await notesAfter(rotated, rotated.replace('3', '1'))).toEqual([told('services.user-service', 3, 1)]);
  expect(await notesAfter(TWO, rotated)).toEqual([]);
  // Of a login of the platform, which may read several services, and of the archive.
  const platform = `${TWO}platformLogins:
  metrics: { access: monitoring, rotation: 3 }
  reports: { access: readonly, services: [mail, user-service], rotation: 2 }
backup: { schedule: '@daily', pointInTime: { enabled: true, rotation: 4 } }
`;
  expect(await notesAfter(platform, platform.replaceAll(/, rotation: \d/g, ''))).toEqual([
    told('platformLogins.reports', 2, 0),
    told('backup.pointInTime', 4, 0),
    told('platformLogins.metrics', 3, 0),
  ]);
  expect(await notesAfter(platform.replaceAll(/, rotation: \d/g, ''), platform)).toEqual([]);
});

test('a rotated login whose Secret somebody else writes: what to write into it', async () => {
  const told = (who: string, secret: string, login: string): string =>
    `${who} has its password from the Secret ${secret}, which is yours: with the next upgrade write ${login} and another password ` +
    'into all that it has for those who connect; the former login ends after auth.rotationGrace';
  const named = TWO.replace('{}', '{ existingSecret: of-vault }');
  expect(await notesAfter(named, named.replace('{ ex', '{ rotation: 1, ex'))).toEqual([
    told('user-service', 'of-vault', 'userdb_user_2'),
  ]);
  const all = `auth: { passwords: existingSecret }\n${TWO}`;
  expect(await notesAfter(all, all.replace('report: {}', 'report: { rotation: 1 }'))).toEqual([
    told('mail.report', 'mail-report-db-secret', 'maildb_report_2'),
  ]);
});

test('a seed in values.yaml is every password for whoever reads it', async () => {
  const told = 'is every password for whoever reads that: give it to whoever renders (--set-file auth.seed=FILE)';
  const after = `auth: { seed: ${'x'.repeat(32)} }\n${TWO}`;
  expect(await notesAfter(TWO, after)).toEqual([expect.stringMatching(/^auth\.seed stands in .*values\.yaml, and /)]);
  expect((await notesAfter(TWO, after)).join()).toContain(told);
  expect(await notesAfter(TWO, `auth: { seed: '' }\n${TWO}`)).toEqual([]);
});

test('a service that seems renamed: the lines that keep its database', async () => {
  const lines =
    'as it stands, the logins of user-service are locked and its database userdb stays, with its data. If %s is user-service under another name, ' +
    'write "database: userdb", "user: userdb_user" and the line "adopt: confirm-userdb-<number>" that plan prints into its entry';
  const told = (name: string): string => `user-service is gone and ${name} is new: ${lines.replace('%s', name)}`;
  expect(await notesAfter(TWO, TWO.replace('user-service', 'users-service'))).toEqual([told('users-service')]);
  expect(await notesAfter(TWO, TWO.replace('user-service', 'people'))).toEqual([told('people')]);
  // Of two that are new, the one with its schema files.
  const sql = { 'schema/databases/user-service/001_a.sql': 'SELECT 1;', 'schema/databases/people/001_a.sql': 'SELECT 1;' };
  expect(await notesAfter(TWO, `${TWO.replace('user-service', 'people')}  another: {}\n`, sql)).toEqual([told('people')]);
});

test('a service under another name with the same database: what is still to be written, or that it is taken over', async () => {
  const renamed = TWO.replace('user-service: {}', 'people: { database: userdb, user: userdb_user }');
  expect(await notesAfter(TWO, renamed)).toEqual([
    expect.stringMatching(/another name, write the line "adopt: confirm-userdb-<number>" that plan prints into its entry$/),
  ]);
  expect(await notesAfter(TWO, renamed.replace(' }', ', adopt: confirm-userdb-16400 }'))).toEqual([
    'people takes over database userdb, which was made for user-service',
  ]);
});

test('a service that is given another database or login', async () => {
  expect(await notesAfter(TWO, TWO.replace('{}', '{ database: people }'))).toEqual([
    'user-service is given database people, which is new to it; what is in userdb stays there',
    'user-service no longer has userdb_user: the next upgrade locks it',
  ]);
  expect(await notesAfter(TWO, TWO.replace('report', 'reader'))).toEqual([
    'mail no longer has maildb_report: the next upgrade locks it',
  ]);
});

test('a list that becomes empty is refused, with its place', async () => {
  for (const empty of ['services: {}\n', 'services:\n', 'persistence: { size: 6Gi }\n']) {
    const refused = notesAfter(TWO, empty);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(
      /values\.yaml:\d+:\d+: services: there is no service, and the chart has 2: mail, user-service; provisioning would lock all their logins\n {2}Look whether the list is indented below "services:"; --allow-empty takes it as it is\.$/,
    );
  }
  expect(await notesAfter('services: {}\n', 'services: {}\n')).toEqual([]);
  const off = 'services:\n  user-service: { enabled: false }\n  mail: { enabled: false, roles: { report: {} } }\n';
  expect(await notesAfter(TWO, off)).toEqual([
    'mail, user-service are switched off: the next upgrade locks maildb_user, maildb_report, userdb_user; what is in maildb, userdb stays',
  ]);
});

test('a thousand services that are gone are one line', async () => {
  const many = Array.from({ length: 1000 }, (_, number) => `  s${number}: {}\n`).join('');
  const base = 'resources: { limits: { memory: 128Gi } }\npersistence: { size: 100Gi }\nservices:\n  kept: {}\n';
  const notes = (await notesAfter(base + many, base)).filter((note) => note.includes('no longer'));
  expect(notes).toEqual([expect.stringMatching(/^s0, s1, s10, .* and 980 more are no longer declared: .* and 980 more stays$/)]);
});

test('a service that no backup can be made of, where backups are made', async () => {
  const alone = TWO.replace('{}', '{ connectionLimit: 1 }');
  expect(await notesAfter(alone, alone)).toEqual([]);
  const scheduled = `backup: { schedule: 17 2 * * * }\n${alone}`;
  expect(await notesAfter(scheduled, scheduled)).toEqual([
    'user-service has no backup: it takes two connections, and connectionLimit is 1',
  ]);
});
