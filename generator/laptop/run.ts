import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { environmentOf, type Home } from './home.ts';
import { SIGNALS } from './interruption.ts';

/** The variable that holds the folder of the .env files. */
const VARIABLE = 'SHARED_POSTGRESQL_ENV';

/** How long a command has after a signal, in milliseconds: a terminal sent it Ctrl-C as well, another program did not. */
const GRACE = 2000;

/** Runs a command in a shell, with the folder of the .env files in its environment. Gives its exit code, as a shell would. */
export async function runWithEnvironments(home: Home, command: string): Promise<number> {
  const child = spawn(command, { shell: true, stdio: 'inherit', env: { ...process.env, [VARIABLE]: environmentOf(home) } });
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    timer = setTimeout(() => child.kill(), GRACE);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, end);
  }
}
