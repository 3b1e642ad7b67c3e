import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Identity } from './identity.ts';

/** A server that is kept running as long as this process lives. */
export interface Keeper {
  /** Stops the server, and waits until it has ended. */
  stop(): Promise<void>;
  /** Whether it has ended, by itself or because it was stopped. */
  hasEnded(): boolean;
  /** When it has ended: whether it was shut down in an orderly way. */
  readonly ended: Promise<boolean>;
}

/** A shell that runs the server until its standard input ends: then it stops it by its pid and waits for it. */
const KEEPER = 'exec 3<&0; "$@" </dev/null & pid=$!; (cat <&3 >/dev/null; kill -INT $pid 2>/dev/null) & wait $pid';

/**
 * Starts a server by its command, with what it says in a log. It ends with stop(), or with this process, however that ends: its keeper reads
 * a pipe that closes then. A Ctrl-C of the terminal does not reach it.
 */
export function keep(command: readonly string[], log: string, identity: Identity | undefined): Keeper {
  const file = openSync(log, 'a', 0o600);
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', ...command], {
    ...identity,
    cwd: '/',
    detached: true,
    // What the server says is read here as well, so in one language; and a server on macOS wants a locale by name.
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    stdio: ['pipe', file, file],
  });
  closeSync(file);
  const end = (): unknown => keeper.stdin?.end();
  const ended = new Promise<boolean>((resolve, reject) => {
    keeper.on('error', reject);
    keeper.on('exit', (code) => resolve(code === 0));
  });
  // What waits for the pipe's end goes as well.
  void ended.then(end, end);
  keeper.stdin?.on('error', () => undefined);
  return {
    stop: async () => {
      end();
      await ended;
    },
    hasEnded: () => keeper.exitCode !== null || keeper.signalCode !== null,
    ended,
  };
}
