import { fork, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { join } from 'node:path';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout and stderr as they came. */
  readonly output: string;
}

/** What starter.js says of a program: how it ended, or why it could not be started. */
type Answer = { readonly id: number } & ({ readonly result: Result } | { readonly message: string });

type Options = Omit<SpawnOptions, 'stdio' | 'signal'> & { readonly input?: string };

let starter: ChildProcess | undefined;
let count = 0;

/** Those who wait for the end of a program. */
const waiting = new Map<number, (answer: Answer) => void>();

/** Runs a program to its end. Throws only when it cannot be started. */
export async function run(program: string, args: readonly string[], options: Options = {}): Promise<Result> {
  const { input, env = process.env, cwd = process.cwd(), ...rest } = options;
  const child = (starter ??= startStarter());
  const id = (count += 1);
  child.ref();
  const answer = await new Promise<Answer>((resolve) => {
    waiting.set(id, resolve);
    child.send({ id, program, args, options: { ...rest, env, cwd }, input });
  });
  waiting.delete(id);
  if (waiting.size === 0) child.unref();
  if ('message' in answer) throw new Error(answer.message);
  return answer.result;
}

/** It keeps nobody from ending, and ends with whom it works for. */
function startStarter(): ChildProcess {
  const child = fork(join(import.meta.dirname, 'starter.js'), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.channel?.unref();
  return child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
}

/** Runs a program that must succeed; gives what it printed. Throws with its whole output otherwise. */
export async function runOk(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  const result = await run(program, args, options);
  if (result.code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${result.code}:\n${result.output}`);
  return result.stdout;
}
