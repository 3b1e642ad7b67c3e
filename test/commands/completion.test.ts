import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../tools/deployment.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { run } from '../tools/run.ts';

/*
 * The scripts that `completion` prints, in the shells themselves: what they offer when somebody presses TAB behind some words.
 */
const BIN = join(PROJECT, 'generator/bin.js');

/** A folder with a deployment to work in, and one to put on the path in which the program has its name. */
function prepare(): { cwd: string; env: NodeJS.ProcessEnv } {
  const cwd = temporaryFolder();
  writeFiles(cwd, {
    'values.yaml': 'services:\n  user-service: {}\n  mail: {}\n',
    'other.yaml': 'services: { elsewhere: {} }\n',
    'broken.yaml': 'services: [\n',
    'my file.yaml': '',
  });
  mkdirSync(join(cwd, 'deploy'));
  const path = temporaryFolder();
  writeFileSync(join(path, 'shared-postgresql'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`, { mode: 0o755 });
  return { cwd, env: { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: cwd, TERM: 'dumb' } };
}

/** What bash has in COMPREPLY behind these words, of which the last is the one at the cursor. */
async function offeredByBash(...words: string[]): Promise<string[]> {
  const script = `
    source <(shared-postgresql completion bash)
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    $(complete -p shared-postgresql | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, code } = await run('bash', ['-c', script, '-', 'shared-postgresql', ...words], prepare());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

/** The words of one part of a command line, and what is offered. */
const OFFERED: readonly (readonly [words: string[], offered: string[]])[] = [
  [['re'], ['release', 'remove', 'rename', 'restore', 'report']],
  [['help', 'ver'], ['verify']],
  [['plan', '--c'], ['--compare']],
  [['plan', '--json', '--js'], []],
  [
    ['plan', '--compare', ''],
    ['changed', 'all'],
  ],
  [['plan', '--compare', 'a'], ['all']],
  [
    ['remove', ''],
    ['user-service', 'mail'],
  ],
  [['remove', '--values', 'other.yaml', ''], ['elsewhere']],
  [['remove', '--values', 'broken.yaml', ''], []],
  [['rename', 'u'], ['user-service']],
  [['rename', 'user-service', ''], []],
  [
    ['backup', 'mail', ''],
    ['user-service', 'mail'],
  ],
  [['add', ''], []],
  [['dev', '--rebuild', 'm'], ['mail']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['nothing', ''], []],
];

test.each(OFFERED)('bash offers behind %j: %j', async (words, offered) => {
  expect(await offeredByBash(...words)).toEqual(offered);
});

test('bash offers files, with spaces in their names, and folders', async () => {
  expect((await offeredByBash('check', '--values', '')).sort()).toEqual([
    'broken.yaml',
    'deploy',
    'my file.yaml',
    'other.yaml',
    'values.yaml',
  ]);
  expect(await offeredByBash('check', '--values', 'my')).toEqual(['my file.yaml']);
  expect(await offeredByBash('generate', '--out', 'd')).toEqual(['deploy']);
});

test('zsh takes its script, and offers services', async ({ skip }) => {
  const has = await run('bash', ['-c', 'command -v zsh']);
  skip(has.code !== 0, 'there is no zsh on this machine');
  const script = `
    autoload -Uz compinit && compinit -u -D
    source <(shared-postgresql completion zsh)
    _describe() { print -rl -- "\${(@P)2}" }
    words=(shared-postgresql remove ''); CURRENT=3
    $_comps[shared-postgresql]`;
  const { stdout, stderr } = await run('zsh', ['-f', '-c', script], prepare());
  expect({ stdout, stderr }).toEqual({
    stdout: 'user-service:a service of values.yaml\nmail:a service of values.yaml\n',
    stderr: '',
  });
});

test('fish takes its script, and offers commands, services and files', async ({ skip }) => {
  const has = await run('bash', ['-c', 'command -v fish']);
  skip(has.code !== 0, 'there is no fish on this machine');
  const { cwd, env } = prepare();
  const offered = async (line: string): Promise<string> => {
    const script = `shared-postgresql completion fish | source; complete --do-complete=${JSON.stringify(line)}`;
    return (await run('fish', ['--no-config', '-c', script], { cwd, env })).output;
  };
  expect(await offered('shared-postgresql ver')).toMatch(/^verify\tprove on a live server/);
  expect(await offered('shared-postgresql remove ')).toBe(
    'mail\ta service of values.yaml\nuser-service\ta service of values.yaml\n',
  );
  expect(await offered('shared-postgresql check --values oth')).toMatch(/^other\.yaml/);
});
