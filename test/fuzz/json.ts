/** What a values.yaml holds. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Of data that came from JSON: whether something stands there. */
export function isJson(value: unknown): value is Json {
  return value !== undefined;
}
