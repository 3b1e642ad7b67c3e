import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run, type Result } from '../tools/run.ts';

/*
 * Services that never end use up their share of a night and no other's. The scripts are the pod's; only what they do for one service is put in its place, so
 * no server is needed: a service is dumped or restored in as many seconds as its name says.
 */
const HANGING = Array.from({ length: 9 }, (_, number) => `hangs${number}-600`);
const QUICK = ['a-0', 'b-0', 'c-0'];

function layOut(services: readonly string[]): { folder: string; backups: string; work: () => string } {
  const folder = temporaryFolder();
  const [scripts, backups] = [join(folder, 'backup/scripts'), join(folder, 'backups')];
  cpSync(join(PROJECT, 'chart/backup'), scripts, { recursive: true });
  cpSync(join(PROJECT, 'chart/provisioning'), join(folder, 'provisioning/scripts'), { recursive: true });
  writeFileSync(join(folder, 'provisioning/scripts/server.sh'), 'beside=()\nwait_for_server() { :; }\n');
  writeFileSync(join(scripts, 'service.sh'), 'sleep "${1##*-}" && echo "$1: done"\n');
  writeFileSync(join(scripts, 'services.tsv'), services.map((name) => `${name}\tdb\tuser\t8\tuser\n`).join(''));
  for (const name of services) mkdirSync(join(backups, name), { recursive: true });
  return { folder, backups, work: () => temporaryFolder() };
}

/** The backups of a night of so many seconds. */
function backUp({ folder, backups, work }: ReturnType<typeof layOut>, seconds: number): Promise<Result> {
  const env = {
    PATH: process.env['PATH'],
    PROVISIONING: join(folder, 'provisioning'),
    BACKUP: join(folder, 'backup'),
    BACKUPS: backups,
    WORK: work(),
    SERVICE_SECONDS: '3600',
    UNTIL: String(Math.floor(Date.now() / 1000) + seconds),
  };
  return run('bash', [join(folder, 'backup/scripts/backup.sh')], { env });
}

const doneIn = ({ stdout }: Result): string[] => [...stdout.matchAll(/^(\S+): done$/gm)].map(([, name = '']) => name);

test('many that hang leave the others their backup, and go last in the next night', { concurrent: true }, async () => {
  const night = layOut([...HANGING, ...QUICK]);
  const first = await backUp(night, 12);
  expect(doneIn(first).sort()).toEqual(QUICK);
  expect(first.stdout).toMatch(/^hangs0-600: ERROR: {2}its backup did not end in \d s; nothing of it is kept$/m);
  expect(first.stderr).toContain(`not backed up: ${HANGING.join(' ')} \n`);
  expect(first.code).toBe(1);
  const second = await backUp(night, 12);
  expect(second.stdout.split('\n').slice(0, 3).sort()).toEqual(QUICK.map((name) => `${name}: done`));
  expect(second.stdout).toContain('ERROR:  no time was left for its backup: all of them have half of backup.deadlines.total\n');
});

test(
  'a large one that takes more than its share is tried again at the end, and has its time at once the next night',
  { concurrent: true },
  async () => {
    const night = layOut(['large-4', ...Array.from({ length: 12 }, (_, number) => `s${number}-0`)]);
    const first = await backUp(night, 12);
    expect(first.stdout).toContain('large-4: that is its share of the night; it is tried again once all others had theirs\n');
    expect(doneIn(first).at(-1)).toBe('large-4');
    expect(first.code, first.stdout).toBe(0);
    // What somebody wrote there is a number, or nothing.
    writeFileSync(join(night.backups, 's0-0/.backup-took'), 'x[$(touch planted)]\n');
    const second = await backUp(night, 12);
    expect(second.stdout).not.toContain('ERROR');
    expect(doneIn(second).at(-1)).toBe('large-4');
  },
);

test('rehearsals that never end leave the others theirs', { concurrent: true }, async () => {
  const night = layOut(['hangs-600', 'a-0', 'large-3', 'b-0', 'c-0', 'd-0']);
  // As the script has it, but for its server.
  const script =
    String.raw`cd "$BACKUP"; . "$PROVISIONING/scripts/login.sh"; for f in session bring-back in-turn; do . "$BACKUP/scripts/$f.sh"; done
    . <(sed '/^unfinished=$/,$d; /^\. /d; /^trap /d' "$BACKUP/scripts/rehearse.sh")
    lay_out() { mkdir -p "$HERE" && cut -f 1 "$BACKUP/scripts/services.tsv" >"$HERE/services"; }
    name_the_user() { :; }; start_server() { :; }; list_services() { :; }; drop() { :; }
    rehearse() { bounded sleep "$\{1##*-}" && echo done; }
    unfinished=; main`.replace('$\\{', '${');
  const env = {
    PATH: process.env['PATH'],
    PROVISIONING: join(night.folder, 'provisioning'),
    BACKUP: join(night.folder, 'backup'),
    BACKUPS: night.backups,
    SCRATCH: temporaryFolder(),
    SERVICE_SECONDS: '3600',
    UNTIL: String(Math.floor(Date.now() / 1000) + 18),
  };
  const { stdout, stderr, code } = await run('bash', ['-uc', script], { env });
  expect(doneIn({ stdout, stderr, code, output: '' }).sort()).toEqual(['a-0', 'b-0', 'c-0', 'd-0', 'large-3']);
  expect(stdout).toMatch(/^hangs-600: ERROR: {2}sleep did not end in \d+ s \(backup\.deadlines\.total\)$/m);
  expect(stderr).toContain('not rehearsed: hangs-600\n');
  expect(readFileSync(join(night.backups, 'hangs-600/.rehearsal-took'), 'utf8')).toBe('10800\n');
  expect(code).toBe(1);
});
