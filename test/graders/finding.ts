/** What a grader does not like. */
export interface Finding {
  /** The grader's own name of the rule. */
  readonly rule: string;
  /** Kind/name */
  readonly object: string;
  readonly says: string;
}

/** Somebody else's program that grades manifests. */
export interface Grader {
  readonly name: string;
  /** What it finds in a file of manifests, or why it cannot be run here. */
  readonly grade: (file: string) => Promise<readonly Finding[] | string>;
}

/** The list at this key, or none. */
export function listAt(data: unknown, key: string): readonly unknown[] {
  const value: unknown = Reflect.get(Object(data), key);
  return Array.isArray(value) ? value : [];
}

/** The text at the end of these keys; empty when there is none. */
export function textAt(data: unknown, ...keys: readonly string[]): string {
  const value = keys.reduce<unknown>((node, key) => Reflect.get(Object(node), key), data);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
