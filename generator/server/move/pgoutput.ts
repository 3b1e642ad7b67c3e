/*
 * What the plugin pgoutput says of changes, protocol version 1 (PostgreSQL's documentation, "Logical Replication Message Formats").
 */

/** A column of a row: its text, null, or undefined where it was not changed and not sent. */
export type Value = string | null | undefined;

export interface Column {
  readonly name: string;
  readonly isKey: boolean;
}

export interface Relation {
  readonly schema: string;
  readonly name: string;
  /** Whether whole rows stand for what was there before. */
  readonly isFull: boolean;
  readonly columns: readonly Column[];
}

export type Change =
  | { readonly kind: 'begin'; readonly committed: bigint }
  | { readonly kind: 'commit'; readonly end: bigint }
  | { readonly kind: 'relation'; readonly id: number; readonly relation: Relation }
  | { readonly kind: 'insert'; readonly id: number; readonly row: readonly Value[] }
  | { readonly kind: 'update'; readonly id: number; readonly old: readonly Value[] | undefined; readonly row: readonly Value[] }
  | { readonly kind: 'delete'; readonly id: number; readonly old: readonly Value[] }
  | { readonly kind: 'truncate'; readonly ids: readonly number[]; readonly restarts: boolean }
  | { readonly kind: 'other' };

/** Reads one message. Throws RangeError when it is cut off. */
export function readChange(message: Buffer): Change {
  const cursor = new Cursor(message);
  switch (cursor.letter()) {
    case 'B':
      return { kind: 'begin', committed: cursor.int64() };
    case 'C':
      cursor.skip(1 + 8);
      return { kind: 'commit', end: cursor.int64() };
    case 'R':
      return { kind: 'relation', id: cursor.int32(), relation: readRelation(cursor) };
    case 'I':
      return { kind: 'insert', id: cursor.int32(), row: readTuple(cursor).row };
    case 'U':
      return readUpdate(cursor);
    case 'D':
      return { kind: 'delete', id: cursor.int32(), old: readTuple(cursor).row };
    case 'T':
      return readTruncate(cursor);
    default:
      return { kind: 'other' };
  }
}

function readRelation(cursor: Cursor): Relation {
  const [schema, name] = [cursor.text(), cursor.text()];
  const isFull = cursor.letter() === 'f';
  const columns = Array.from({ length: cursor.int16() }, (): Column => {
    const isKey = cursor.byte() === 1;
    const column = { isKey, name: cursor.text() };
    // Its type, by a number of the source's, and the modifier of that.
    cursor.skip(8);
    return column;
  });
  // Without a schema it is pg_catalog.
  return { schema: schema || 'pg_catalog', name, isFull, columns };
}

function readUpdate(cursor: Cursor): Change {
  const id = cursor.int32();
  const first = readTuple(cursor);
  if (first.letter === 'N') return { kind: 'update', id, old: undefined, row: first.row };
  return { kind: 'update', id, old: first.row, row: readTuple(cursor).row };
}

function readTruncate(cursor: Cursor): Change {
  const count = cursor.int32();
  const restarts = (cursor.byte() & 2) !== 0;
  return { kind: 'truncate', ids: Array.from({ length: count }, () => cursor.int32()), restarts };
}

/** A row behind the letter that says what it stands for: the new one, the old one, or the old key. */
function readTuple(cursor: Cursor): { readonly letter: string; readonly row: readonly Value[] } {
  const letter = cursor.letter();
  return { letter, row: Array.from({ length: cursor.int16() }, () => readValue(cursor)) };
}

function readValue(cursor: Cursor): Value {
  switch (cursor.letter()) {
    case 'n':
      return null;
    case 'u':
      return undefined;
    default:
      return cursor.bytes(cursor.int32()).toString('utf8');
  }
}

/** Reads one thing after the other. */
class Cursor {
  private at = 0;
  private readonly message: Buffer;

  constructor(message: Buffer) {
    this.message = message;
  }

  skip(length: number): void {
    this.at += length;
  }

  bytes(length: number): Buffer {
    if (this.at + length > this.message.length) throw new RangeError('the message is cut off');
    return this.message.subarray(this.at, (this.at += length));
  }

  byte(): number {
    return this.bytes(1).readUInt8();
  }

  letter(): string {
    return String.fromCharCode(this.byte());
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  int32(): number {
    return this.bytes(4).readUInt32BE();
  }

  int64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  text(): string {
    const end = this.message.indexOf(0, this.at);
    if (end < 0) throw new RangeError('the message is cut off');
    const text = this.bytes(end - this.at).toString('utf8');
    this.at += 1;
    return text;
  }
}
