import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { isRecord } from '../../generator/generate/fields.ts';
import { PROJECT } from './folders.ts';
import { run, type Result } from './run.ts';

interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** What is started for a command line by itself. */
export const BIN = join(PROJECT, 'generator/bin.js');

/** Runs the program as people do, in a process of its own, whose start takes five times as long as most of what is tested. */
export function startProgram(args: readonly string[], options: Options = {}): Promise<Result> {
  return run(process.execPath, [BIN, ...args], options);
}

/** Those that wait for a command line. */
const idle: ChildProcess[] = [];

/** Runs a command line in a process that has the program loaded: for all that does not ask how it is started, spoken to or ended. */
export async function runProgram(
  args: readonly string[],
  { cwd = process.cwd(), env = process.env, input = '' }: Options = {},
): Promise<Result> {
  const child = idle.pop() ?? load();
  child.ref();
  const result = await new Promise<Result>((resolve, reject) => {
    child.removeAllListeners('exit').once('exit', (code) => reject(new Error(`the loaded program ended with ${code}`)));
    child.once('message', (answer) => (isResult(answer) ? resolve(answer) : reject(new Error('no answer'))));
    child.send({ args, cwd, env, input });
  });
  child.unref();
  if (child.connected) idle.push(child);
  return result;
}

function load(): ChildProcess {
  const child = fork(join(import.meta.dirname, 'loaded-program.js'), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.channel?.unref();
  return child;
}

function isResult(answer: unknown): answer is Result {
  return isRecord(answer) && typeof answer['code'] === 'number' && typeof answer['output'] === 'string';
}
