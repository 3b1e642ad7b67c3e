import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { codeOf } from '../generate/read/reasons.ts';
import { portFileOf, type Home } from './home.ts';
import { LaptopError } from './laptop-error.ts';

/** Ports that are tried: below those that systems give to outgoing connections. */
const FIRST = 20_000;
const PORTS = 10_000;

/** The port of a home: chosen once, from its path, and remembered. Throws LaptopError when somebody else has it meanwhile. */
export async function portOf(home: Home): Promise<number> {
  const file = portFileOf(home);
  if (!existsSync(file)) {
    const port = await choosePort(home.folder);
    writeFileSync(file, `${port}\n`);
    return port;
  }
  const port = Number(readFileSync(file, 'utf8'));
  if (Number.isInteger(port) && port > 0 && port < 65_536 && (await isFree(port))) return port;
  throw new LaptopError(
    `port ${port} is taken, and the .env files of the services name it.`,
    `Stop what listens there, or delete ${file} to have another one chosen.`,
  );
}

async function choosePort(seed: string): Promise<number> {
  const start = createHash('sha256').update(seed).digest().readUInt32BE() % PORTS;
  for (let step = 0; step < PORTS; step += 1) {
    const port = FIRST + ((start + step) % PORTS);
    if (await isFree(port)) return port;
  }
  throw new LaptopError(`no port from ${FIRST} to ${FIRST + PORTS - 1} is free`);
}

/** Whether nobody listens on a port of the loopback, of either family. */
async function isFree(port: number): Promise<boolean> {
  const [four, six] = await Promise.all(['127.0.0.1', '::1'].map((host) => canListen(host, port)));
  return (four ?? false) && (six ?? false);
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    // A machine without one of the families has nobody who listens there.
    probe.on('error', (error) => resolve(codeOf(error) !== 'EADDRINUSE'));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
