import { valueAt } from '../generate/fields.ts';
import type { Path } from '../generate/problem.ts';
import type { Remark } from './found.ts';

/** What a file of another tool declares: of a chart, an operator, a container, or an init script. Passwords are not in it. */
export interface Declared {
  /** PostgreSQL's major, where the file says it. */
  readonly major?: number;
  readonly databases: readonly DeclaredDatabase[];
  readonly roles: readonly DeclaredRole[];
  /** SQL in it that runs once, when the server is made. */
  readonly scripts: readonly InitScript[];
  readonly remarks: readonly Remark[];
}

export interface DeclaredDatabase {
  readonly name: string;
  /** Undefined where it is the admin's. */
  readonly owner?: string;
  readonly extensions?: readonly string[];
  /** Schemas that are made in it. */
  readonly schemas?: readonly string[];
  /** Whole fields of the service's entry, in the contract's terms. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface DeclaredRole {
  readonly name: string;
  /** In the words of CREATE ROLE: SUPERUSER, CREATEDB. */
  readonly attributes: readonly string[];
  readonly memberOf: readonly string[];
  readonly connectionLimit?: number;
}

export interface InitScript {
  /** For people: which file, or which key. */
  readonly where: string;
  readonly text: string;
  /** The database in which it begins. */
  readonly database: string;
}

export const NOTHING: Declared = { databases: [], roles: [], scripts: [], remarks: [] };

/** What several files declare for one server. The first one that says the major is believed. */
export function merge(all: readonly Declared[]): Declared {
  return {
    major: all.find(({ major }) => major !== undefined)?.major,
    databases: all.flatMap(({ databases }) => databases),
    roles: all.flatMap(({ roles }) => roles),
    scripts: all.flatMap(({ scripts }) => scripts),
    remarks: all.flatMap(({ remarks }) => remarks),
  };
}

/** A sentence about what is no single database's. */
export function onServer(sentence: string): Remark {
  return { about: 'server', sentence };
}

/** A text or a number at a path, as a text; empty when there is none. */
export function textIn(data: unknown, ...path: Path): string {
  const value = valueAt(data, path);
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The entries of a list at a path; empty when there is none. */
export function listIn(data: unknown, ...path: Path): readonly unknown[] {
  const value = valueAt(data, path);
  return Array.isArray(value) ? value : [];
}

/** The texts of a list at a path. */
export function textsIn(data: unknown, ...path: Path): string[] {
  return listIn(data, ...path).filter((each) => typeof each === 'string');
}

/** The major that a version or an image's tag begins with (`16`, `16.4-alpine`, `pg16`); undefined when it says none. */
export function majorOf(version: string): number | undefined {
  const digits = /^(?:pg)?(\d{1,2})(?!\d)/.exec(version)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The tag of an image, without registry and digest; empty when it has none. */
export function tagOf(image: string): string {
  return /:([^:/@]+)(@.*)?$/.exec(image)?.[1] ?? '';
}
