import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { ENDINGS } from '../../generator/commands/endings.ts';
import { explain } from '../../generator/commands/errors.ts';
import { writeFiles } from '../tools/deployment.ts';
import { isRecord } from '../../generator/generate/fields.ts';
import { documentedFields, fieldsOf, rowsUnder } from '../tools/documented.ts';
import { PROJECT, temporaryFolder } from '../tools/folders.ts';
import { BIN, runProgram, startProgram } from '../tools/program.ts';
import { run, type Result } from '../tools/run.ts';

/*
 * What all commands have in common, whichever there are: whoever adds one finds it here without a line of this file.
 */
const FOLDER = join(PROJECT, 'generator/commands');
const FILES = readdirSync(FOLDER).filter((name) => /^export const command\b/m.test(readFileSync(join(FOLDER, name), 'utf8')));

/** Commands that want a server, be it one of this machine, or what another tool wrote; their tests are in test/postgres, test/laptop and test/helm. */
const ON_A_SERVER = [
  'release',
  'plan',
  'apply',
  'verify',
  'import',
  'import-schema',
  'baseline',
  'backup',
  'restore',
  'move',
  'upgrade',
  'deploy',
  'status',
  'doctor',
  'logs',
  'connect',
  'report',
  'dev',
  'prove',
];

async function load(file: string): Promise<Command> {
  const loaded: unknown = await import(join(FOLDER, file));
  const command = isRecord(loaded) ? loaded['command'] : undefined;
  if (command instanceof Command) return command;
  throw new Error(`${file} exports no command`);
}

const COMMANDS = await Promise.all(FILES.map(load));

const GENERATED = temporaryFolder();
beforeAll(async () => {
  for (const part of ['values.yaml', 'schema/databases']) cpSync(join(PROJECT, part), join(GENERATED, part), { recursive: true });
  expect((await call(GENERATED, 'generate')).code).toBe(0);
});

/** A folder with the reference deployment, whose chart is as generated. */
function newDeployment(): string {
  const folder = temporaryFolder();
  cpSync(GENERATED, folder, { recursive: true });
  return folder;
}

function call(cwd: string, ...words: string[]): Promise<Result> {
  return runProgram(words, { cwd });
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** The lines below Examples that are no comments. */
function examplesOf(command: Command): string[] {
  const [, examples = ''] = helpOf(command).split('\nExamples:\n');
  return examples.split('\n').flatMap((line) => (/^ {2}[^# ]/.test(line) ? [line.trim()] : []));
}

/** What the program is given by a line of the shell, be it behind a pipe or read by the shell itself. */
async function wordsOf(example: string): Promise<string[]> {
  const functions = 'kubectl() { :; }; helm() { :; }; source() { cat "$@"; }; shared-postgresql() { printf "%s\\0" "$@"; };';
  const { stdout, code } = await run('bash', ['-c', `${functions} set -o pipefail; ${example}`]);
  expect(code).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

const EXAMPLES = COMMANDS.flatMap((command) =>
  examplesOf(command).map((example) => ({ command, name: command.name(), example })),
);

describe('every command', { tags: 'third' }, () => {
  test.each(COMMANDS.map((command) => ({ command, name: command.name() })))('$name has help with examples', ({ command }) => {
    expect(examplesOf(command)).not.toEqual([]);
    for (const option of ['--json', '--quiet', '--debug']) expect(helpOf(command)).toContain(`  ${option} `);
  });

  test.each(EXAMPLES)('$example is what its command takes', async ({ command, name, example }) => {
    const [first, ...words] = await wordsOf(example);
    expect(first).toBe(name);
    let taken = false;
    command.exitOverride().action(() => void (taken = true));
    await command.parseAsync(words, { from: 'user' });
    expect(taken).toBe(true);
  });

  test.each(EXAMPLES.filter(({ name, example }) => !ON_A_SERVER.includes(name) && !example.includes('--url')))(
    '$example runs',
    async ({ example }) => {
      const { code, stderr } = await call(newDeployment(), ...(await wordsOf(example)));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  test.each(COMMANDS.map((command) => command.name()))('%s tells problems as data, in one document', async (name) => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'values.yaml': 'services: { a: { databse: x } }\n' });
    const words: Readonly<Record<string, readonly string[]>> = {
      add: ['b'],
      remove: ['b'],
      rename: ['a', 'b'],
      apply: ['--secrets', '-'],
      verify: ['--secrets', '-'],
      restore: ['a'],
      move: ['a', '--to', 'values.yaml'],
      upgrade: ['--to', '18'],
      import: ['.'],
      'import-schema': ['a', '.'],
      snippet: ['a', '--for', 'go'],
      connect: ['a'],
      completion: ['ksh'],
      logs: ['nobody'],
      release: ['--registry', 'oci://registry.example/charts'],
    };
    const { code, stdout, stderr } = await runProgram([name, ...(words[name] ?? []), '--json'], { cwd: folder });
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({ command: name, exitCode: code, problems: [{}] });
    expect(fieldsOf(stdout)).toEqual(['command', 'exitCode', 'problems']);
    expect(stdout).toContain('"what": ');
    // Those read no values.
    const ending = ['completion', 'logs'].includes(name) ? ENDINGS.misused : ENDINGS.refused;
    expect({ code, stderr }).toEqual({ code: ending.code, stderr: '' });
  });
});

describe('exit codes', () => {
  test('are in the documentation as they are in the program, each once', () => {
    const table = Object.values(ENDINGS).map(({ code, means }) => [String(code), means]);
    expect(rowsUnder('code', 'means')).toEqual(table);
    expect(new Set(table.map(([code]) => code)).size).toBe(table.length);
  });

  test.each([
    ['fine', ['--version']],
    ['amiss', ['dev', '--status']],
    ['misused', ['chek']],
    ['refused', ['check', '--values', 'nowhere.yaml']],
    ['unreached', ['plan', '--url', 'postgresql://postgres:x@127.0.0.1:1']],
  ] as const)('a process has %s: %j', async (ending, words) => {
    expect((await startProgram(words, { cwd: newDeployment() })).code).toBe(ENDINGS[ending].code);
  });

  test.each([
    ['fine', ['check']],
    ['amiss', ['check', '--out', 'elsewhere']],
    ['misused', ['check', '--jsn']],
    ['misused', ['apply']],
    ['misused', ['plan', '--compare', 'some']],
    ['misused', []],
    ['fine', ['--help']],
    ['fine', ['help', 'check']],
    ['refused', ['plan', '--url', 'postgress://h']],
    ['refused', ['verify', '--secrets', 'values.yaml']],
  ] as const)('%s: %j', async (ending, words) => {
    expect((await call(newDeployment(), ...words)).code).toBe(ENDINGS[ending].code);
  });
});

test.each([
  ['"$0" "$1" --help > /dev/full', 'standard output: it cannot be used: its disk is full'],
  ['mkdir gone && cd gone && rmdir ../gone && "$0" "$1" check', 'the folder in which this runs is gone'],
])('%s is no fault of the program', async (script, what) => {
  const { code, stderr } = await run('sh', ['-c', script, process.execPath, BIN], { cwd: newDeployment() });
  expect(stderr).toMatch(new RegExp(`^${what}\n  [^\n]*\n$`));
  expect(code).toBe(ENDINGS.unable.code);
});

test('of several values none is left out without a word', async () => {
  const { code, stderr } = await call(newDeployment(), 'check', '--values', 'values.yaml', '--values=production.yaml');
  expect(stderr).toBe(
    "the option '--values' stands here more than once: all services are in one file\n" +
      '  Name that one. What differs where it is installed is for Helm: its -f and --set change knobs. See what there is with --help.\n',
  );
  expect(code).toBe(ENDINGS.misused.code);
});

test('a folder in the place of values.yaml is told with the file in it', async () => {
  expect((await call(newDeployment(), 'check', '--values', '.')).stderr).toMatch(
    /^\.: the file cannot be read: it is a folder\n {2}Write --values values\.yaml\.\n/,
  );
});

describe('words that are misspelt', () => {
  test.each([
    [['genrate'], "unknown command 'genrate'\n  Did you mean generate? See what there is with --help.\n"],
    [['help', 'genrate'], "unknown command 'genrate'\n  Did you mean generate? See what there is with --help.\n"],
    [['genrate', '--help'], "unknown command 'genrate'\n  Did you mean generate? See what there is with --help.\n"],
    [['check', '--value'], "unknown option '--value'\n  Did you mean --values? See what there is with --help.\n"],
    [['add'], "missing required argument 'name'\n  See what there is with --help.\n"],
  ])('%j', async (words, said) => {
    expect(await call(temporaryFolder(), ...words)).toMatchObject({ stdout: '', stderr: said });
  });
});

describe('--json', () => {
  test.each([
    ['generate', []],
    ['check', []],
    ['add', ['order-service']],
    ['remove', ['user-service']],
    ['rename', ['user-service', 'people-service']],
    ['completion', ['bash']],
    ['snippet', ['user-service', '--for', 'go']],
    ['dev', ['--status']],
    ['dev', ['--stop']],
  ] as const)('%s %j prints one document of the fields that are documented, and nothing else', async (name, words) => {
    const { code, stdout, stderr } = await call(newDeployment(), name, ...words, '--json');
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({ command: name, exitCode: code, problems: [] });
    expect(documentedFields(name)).toEqual(expect.arrayContaining(fieldsOf(stdout)));
    expect(stderr).toBe('');
  });

  test('has what the text has', async () => {
    const folder = newDeployment();
    writeFileSync(join(folder, 'values.yaml'), 'services:\n  user-service: { connectionLimit: 3 }\n');
    const document: unknown = JSON.parse((await call(folder, 'check', '--json')).stdout);
    const { stdout } = await call(folder, 'check');
    const pathsBehind = (word: string): string[] =>
      [...stdout.matchAll(new RegExp(`^${word} +(.*)$`, 'gm'))].map(([, path = '']) => path);
    expect(pathsBehind('stale')).not.toEqual([]);
    expect(document).toMatchObject({ differing: pathsBehind('differs'), stale: pathsBehind('stale') });
  });
});

test('--quiet leaves problems and what was asked for', async () => {
  const folder = newDeployment();
  for (const words of [['generate'], ['check'], ['add', 'order-service']])
    expect(await call(folder, ...words, '--quiet')).toMatchObject({ code: 0, output: '' });
  const { stdout } = await call(folder, 'remove', 'order-service', '--quiet');
  expect(stdout).toBe(
    'note: order-service is no longer declared: the next upgrade locks orderdb_user; what is in orderdb stays\n',
  );
  writeFileSync(join(folder, 'values.yaml'), 'services: {}\n');
  expect((await call(folder, 'check', '--quiet')).stdout).toMatch(/^differs [^]*commit what it writes\n$/);
  expect((await call(folder, 'generate', '--quiet')).stderr).toContain('there is no service, and the chart has 3');
});

describe('colours', () => {
  const coloured = (environment: Readonly<Record<string, string>>): Promise<Result> =>
    run(process.execPath, [BIN, 'check', '--values', 'nowhere.yaml'], {
      cwd: temporaryFolder(),
      env: { PATH: process.env['PATH'], ...environment },
    });

  test('are for terminals, and for whoever forces them', async () => {
    expect((await coloured({})).stderr).toMatch(/^nowhere\.yaml: /);
    expect((await coloured({ FORCE_COLOR: '1' })).stderr).toContain(
      styleText('red', 'nowhere.yaml: the file cannot be read: there is none of this name', { validateStream: false }).slice(
        0,
        -5,
      ),
    );
    expect((await coloured({ FORCE_COLOR: '0' })).stderr).toMatch(/^nowhere\.yaml: /);
    expect((await coloured({ NO_COLOR: '1' })).stderr).toMatch(/^nowhere\.yaml: /);
  });
});

describe('a fault of the program', () => {
  const broken = (...words: string[]): Promise<Result> =>
    run(process.execPath, ['--import', `data:text/javascript,JSON.parse=()=>{throw new TypeError('odd')}`, BIN, ...words], {
      cwd: temporaryFolder(),
    });

  test('is one sentence and how to report it; --debug has the stack', async () => {
    const { code, output } = await broken('check');
    expect(output).toBe(
      'shared-postgresql has a fault: TypeError: odd\n  Please report it, with the command, ' +
        'what "shared-postgresql --version" says, and what is printed with --debug.\n',
    );
    expect(code).toBe(ENDINGS.broken.code);
    expect((await broken('check', '--debug')).stderr).toMatch(/^TypeError: odd\n {4}at /);
  });

  test('and what is thrown out of turn, end the same way', async () => {
    const script = `process.on('newListener',(name)=>{if(name==='uncaughtException')setImmediate(()=>{throw new TypeError('odd')})})`;
    const { code, stderr } = await run(process.execPath, ['--import', `data:text/javascript,${script}`, BIN, 'check'], {
      cwd: newDeployment(),
    });
    expect(stderr).toMatch(/^shared-postgresql has a fault: TypeError: odd\n {2}Please report it, [^\n]*\n$/);
    expect(code).toBe(ENDINGS.broken.code);
  });

  test.each([new Error('x'), 'x', undefined])('%s has no stack', (error) => {
    expect(explain(error)).toMatchObject({ code: ENDINGS.broken.code });
    expect(explain(error).text).not.toMatch(/^ {4}at /m);
  });
});
