/** The locales of the official image's C library, for people. */
export const LIBC_LOCALES = 'C, C.UTF-8, POSIX and en_US.UTF-8';

/** Whether the C library of the official image (Debian; en_US.UTF-8 is made there) has this locale. A codeset may be spelt in several ways. */
export function isLibcLocale(name: string): boolean {
  return /^(C|POSIX)$|^(C|en_US)\.(?:[Uu][Tt][Ff]-?8)$/.test(name);
}

/** The locales of PostgreSQL itself, by the major that has them first (the manual, 23.1.4). */
const BUILTIN: Readonly<Record<string, number>> = { C: 17, 'C.UTF-8': 17, 'C.UTF8': 17, PG_UNICODE_FAST: 18 };

/** What PostgreSQL of this major has itself; empty before 17. */
export function builtinLocales(major: number): string[] {
  return Object.keys(BUILTIN).filter((name) => (BUILTIN[name] ?? Infinity) <= major);
}
