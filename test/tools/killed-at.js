// Loaded before the program (node --import): kills it before it sends its statement number KILLED_AT to a server, as a message of PostgreSQL's protocol (Query or Parse).
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import process from 'node:process';

const at = Number(process.env['KILLED_AT']);
const STATEMENTS = ['Q', 'P'].map((letter) => letter.charCodeAt(0));
const { write } = Socket.prototype;
let sent = 0;

Socket.prototype.write = function (data, ...rest) {
  if (Buffer.isBuffer(data) && STATEMENTS.includes(data[0])) sent += 1;
  if (sent === at) process.kill(process.pid, 'SIGKILL');
  return write.call(this, data, ...rest);
};
