import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createDeflate, constants, type Deflate } from 'node:zlib';

/*
 * As much of SPDY/3.1 as `kubectl port-forward` speaks to the API: for each connection it opens a stream for errors, then one for data. Their headers
 * need not be read, because their order tells which is which. (SPDY Protocol, Draft 3.1; staging/src/k8s.io/kubectl/pkg/cmd/portforward)
 */
const SYN_STREAM = 1;
const SYN_REPLY = 2;
const PING = 6;
const FIN = 1;

interface Frame {
  readonly isControl: boolean;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly raw: Buffer;
  readonly data: Buffer;
}

/** Answers the upgrade of a request for port-forward, and leads each of its connections to a port of this machine. */
export function forwardStreams(socket: Duplex, port: number): void {
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n',
  );
  const relay = { socket, port, headers: createDeflate(), connections: new Map<number, Socket>(), opened: 0 };
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let frame = readFrame(rest); frame; frame = readFrame(rest)) {
      rest = rest.subarray(frame.raw.length);
      handle(relay, frame);
    }
  });
  const end = (): void => {
    relay.connections.forEach((connection) => connection.destroy());
    socket.end();
  };
  // A kubectl that is ended says no more of its streams; and a server of HTTP leaves its own half of a connection open.
  socket.on('end', end).on('close', end).on('error', end);
}

interface Relay {
  readonly socket: Duplex;
  readonly port: number;
  readonly headers: Deflate;
  readonly connections: Map<number, Socket>;
  opened: number;
}

function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 8) return undefined;
  const length = bytes.readUIntBE(5, 3);
  if (bytes.length < 8 + length) return undefined;
  const isControl = bytes.readUInt8(0) >= 0x80;
  const data = bytes.subarray(8, 8 + length);
  const stream = isControl ? (data.length >= 4 ? data.readUInt32BE(0) : 0) : bytes.readUInt32BE(0);
  return { isControl, type: bytes.readUInt16BE(2), flags: bytes.readUInt8(4), stream, raw: bytes.subarray(0, 8 + length), data };
}

function handle(relay: Relay, { isControl, type, flags, stream, raw, data }: Frame): void {
  if (isControl && type === PING) relay.socket.write(raw);
  if (isControl && type === SYN_STREAM) {
    void reply(relay, stream);
    relay.opened += 1;
    if (relay.opened % 2 === 0) open(relay, stream);
  }
  if (isControl) return;
  relay.connections.get(stream)?.write(data);
  if (flags & FIN) relay.connections.get(stream)?.end();
}

/** No header at all, in the one compressed stream that all replies share. */
async function reply({ socket, headers }: Relay, stream: number): Promise<void> {
  const parts: Buffer[] = [];
  const collect = (part: Buffer): void => void parts.push(part);
  headers.on('data', collect);
  headers.write(Buffer.alloc(4));
  await new Promise<void>((resolve) => headers.flush(constants.Z_SYNC_FLUSH, resolve));
  headers.off('data', collect);
  const id = Buffer.alloc(4);
  id.writeUInt32BE(stream);
  const body = Buffer.concat([id, ...parts]);
  socket.write(Buffer.concat([headOf(0x80030000 + SYN_REPLY, 0, body.length), body]));
}

function headOf(first: number, flags: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(first, 0);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(length, 5, 3);
  return head;
}

function open({ socket, port, connections }: Relay, stream: number): void {
  const connection = connect(port, '127.0.0.1');
  connections.set(stream, connection);
  connection.on('data', (data) => socket.write(Buffer.concat([headOf(stream, 0, data.length), data])));
  connection.on('close', () => socket.writable && socket.write(headOf(stream, FIN, 0)));
  connection.on('error', () => undefined);
}
