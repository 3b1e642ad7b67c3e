/** What a server has that was there before: as the system catalogs say it. */
export interface FoundServer {
  readonly major: number;
  readonly databases: readonly FoundDatabase[];
  readonly roles: readonly FoundRole[];
  readonly settings: readonly FoundSetting[];
  /** What a session has where neither role nor database say otherwise, by the setting's name. */
  readonly defaults: Readonly<Record<string, string>>;
}

export interface FoundDatabase {
  readonly name: string;
  readonly oid: number;
  readonly owner: string;
  readonly encoding: string;
  readonly provider: 'libc' | 'icu' | 'builtin';
  readonly locale: string;
  /** -1 for no limit. */
  readonly connectionLimit: number;
  readonly isOpen: boolean;
  readonly tablespace: string;
  /** Undefined when nobody may look into it. */
  readonly inside?: FoundInside;
}

export interface FoundInside {
  /** Who owns what is in it, with how many objects. */
  readonly owners: readonly { readonly name: string; readonly objects: number }[];
  readonly extensions: readonly FoundExtension[];
  /** Logins that have privileges on tables which they do not own, and whether they may change rows. */
  readonly readers: readonly { readonly name: string; readonly writes: boolean }[];
  /** What only a superuser makes, or what lies elsewhere: foreign servers, event triggers, tablespaces; each as its kind and its name. */
  readonly others: readonly { readonly kind: string; readonly name: string }[];
}

export interface FoundExtension {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
  /** The version of one that is made now; empty where the server has its files no more. */
  readonly newest: string;
  /** Whether the server could make one of this version. */
  readonly canBeMade: boolean;
  /** Whether PostgreSQL can move it to another schema. */
  readonly canBeMoved: boolean;
}

export interface FoundRole {
  readonly name: string;
  readonly canLogIn: boolean;
  /** In the words of CREATE ROLE: SUPERUSER, CREATEDB. */
  readonly attributes: readonly string[];
  readonly connectionLimit: number;
  readonly memberOf: readonly string[];
  /** Databases in which it owns something or has privileges. */
  readonly databases: readonly string[];
}

/** A setting of a role, of a database, or of a role in a database; an empty name is everybody, or everywhere. */
export interface FoundSetting {
  readonly role: string;
  readonly database: string;
  readonly name: string;
  readonly value: string;
}

/** What cannot be kept, or is to be confirmed: whose it is, and a sentence. */
export interface Remark {
  /** A database, or `server`. */
  readonly about: string;
  readonly sentence: string;
}
