import { connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** Statements that the server finished so far, over all connections but those of the watch. */
  finished(): number;
  close(): Promise<void>;
}

/** ReadyForQuery: the server has finished what the client sent (PostgreSQL's message flow). */
const READY = 'Z'.charCodeAt(0);

/** What only the session of the watch says when it begins. It looks every two seconds, so a slow run has more of its statements. */
const OF_THE_WATCH = 'shared_postgresql.patience';

/**
 * Passes connections on to a server and counts the statements that it finished. After the statement `position`, before the
 * client hears of its end, every connection is cut, no new one is let in, and `fault` happens.
 */
export async function startProxy(port: number, position: number, fault: () => Promise<void>): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let finished = 0;
  let broken: Promise<void> | undefined;
  const breakAll = (): void => {
    broken ??= fault();
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    if (broken) {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    const count = countMessages();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => [client, upstream].forEach((each) => each.destroy()));
    }
    let isCounted: boolean | undefined;
    client.on('data', (chunk) => {
      isCounted ??= !chunk.includes(OF_THE_WATCH);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isCounted) finished += count(chunk);
      if (finished >= position) breakAll();
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the proxy has no port');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await broken;
  };
  return { port: address.port, finished: () => finished, close };
}

/** Counts READY in a stream of messages: a type of one byte, then a length that includes its own four bytes. */
function countMessages(): (chunk: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let ready = 0;
    while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
      if (rest[0] === READY) ready += 1;
      rest = rest.subarray(1 + rest.readInt32BE(1));
    }
    return ready;
  };
}
