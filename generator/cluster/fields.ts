import { valueAt } from '../generate/fields.ts';

/** What stands at a path of an object of a cluster, as a list; empty where nothing does. */
export function listAt(data: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = valueAt(data, path);
  return Array.isArray(value) ? value : [];
}

/** The same as a text. */
export function textAt(data: unknown, ...path: readonly (string | number)[]): string {
  const value = valueAt(data, path);
  return typeof value === 'string' ? value : '';
}

/** The same as a number; 0 where nothing stands. */
export function numberAt(data: unknown, ...path: readonly (string | number)[]): number {
  const value = valueAt(data, path);
  return typeof value === 'number' ? value : 0;
}
