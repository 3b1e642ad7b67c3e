/** What `drop` and `adopt` say: which database is meant, and that it was looked at. */
export interface Confirmation {
  readonly database: string;
  /** PostgreSQL's number of that database, and of no later one of its name. */
  readonly oid: number;
  /** Whether it may go without a backup. */
  readonly withoutBackup: boolean;
}

/** The largest number that PostgreSQL gives (Oid, 32 bits without a sign); 0 is none. */
export const LARGEST_OID = 4_294_967_295;

/** Reads `confirm-<database>-<oid>`, for `drop` with or without `-without-backup` behind it, which is what the contract lets pass. */
export function readConfirmation(text: string): Confirmation {
  const [, database = '', oid = '', word] = /^confirm-(.*)-(\d+)(-without-backup)?$/.exec(text) ?? [];
  return { database, oid: Number(oid), withoutBackup: word !== undefined };
}

/** Whether it could be the number of a database. */
export function isOid({ oid }: Confirmation): boolean {
  return oid >= 1 && oid <= LARGEST_OID;
}
