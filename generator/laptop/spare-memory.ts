import { totalmem } from 'node:os';

/** Half of the machine's memory, in kB: a limit for a server of its own may be more than a laptop has. */
export function spareMemory(): number {
  return Math.floor(totalmem() / 2 / 1024);
}
