import { isRecord } from '../fields.ts';

export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

/** Why a parsed statement cannot stand in a schema file; undefined when it can. `node` is `{ <NodeType>: {...} }`. */
export function refusalOf(node: unknown): Refusal | undefined {
  const [type, body] = Object.entries(isRecord(node) ? node : {})[0] ?? [];
  if (type === undefined || !isRecord(body)) return undefined;
  if (type === 'TransactionStmt') {
    return {
      message: 'a schema file cannot begin or end a transaction',
      hint: 'Remove the statement: the whole file is one transaction already, with its row in the ledger.',
    };
  }
  if (type === 'CopyStmt' && body['filename'] === undefined) {
    return {
      message: 'COPY from or to the client is not possible in a schema file',
      hint: 'Write INSERT statements: nobody is there to send or take the data.',
    };
  }
  const outside = body['concurrent'] === true ? 'CONCURRENTLY' : OUTSIDE_A_TRANSACTION[type];
  if (outside === undefined) return undefined;
  return {
    message: `${outside} cannot run inside a transaction, and a schema file is one`,
    hint: outside === 'CONCURRENTLY' ? 'Leave CONCURRENTLY out.' : 'Leave the statement out of the schema files.',
  };
}

/** PreventInTransactionBlock in PostgreSQL's source, by node type. */
const OUTSIDE_A_TRANSACTION: Readonly<Record<string, string>> = {
  AlterSystemStmt: 'ALTER SYSTEM',
  CreatedbStmt: 'CREATE DATABASE',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  DropdbStmt: 'DROP DATABASE',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  VacuumStmt: 'VACUUM',
};
