import { spawn, type SpawnOptions } from 'node:child_process';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout and stderr as they came. */
  readonly output: string;
}

/** Runs a program to its end. Throws only when it cannot be started. */
export function run(program: string, args: readonly string[], options: SpawnOptions & { input?: string } = {}): Promise<Result> {
  const { input, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...rest, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '', output: '' };
    const take = (which: 'stdout' | 'stderr') => (chunk: string) => {
      text[which] += chunk;
      text.output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', take('stdout'));
    child.stderr?.setEncoding('utf8').on('data', take('stderr'));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, ...text }));
    // What ends without reading tells why itself.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** Runs a program that must succeed; gives what it printed. Throws with its whole output otherwise. */
export async function runOk(
  program: string,
  args: readonly string[],
  options: SpawnOptions & { input?: string } = {},
): Promise<string> {
  const result = await run(program, args, options);
  if (result.code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${result.code}:\n${result.output}`);
  return result.stdout;
}
