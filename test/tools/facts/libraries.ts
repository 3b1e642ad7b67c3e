import { readdirSync } from 'node:fs';
import type pg from 'pg';

/** The image has no procedural language but PL/pgSQL, and no SELinux; conversions between encodings are for the server alone. */
const NOT_FOR_PRELOAD = /_and_|_sjis2004$|^pl(perl|python3|tcl)$|_pl(perl|python3)$|^llvmjit|^sepgsql$/;

/** What a server can load, of what the image has as well. */
export async function librariesOf(client: pg.Client): Promise<{ name: string }[]> {
  const { rows } = await client.query<{ folder: string }>(`SELECT setting AS folder FROM pg_config() WHERE name = 'PKGLIBDIR'`);
  const names = readdirSync(rows[0]?.folder ?? '').flatMap((file) => /^(.*)\.so$/.exec(file)?.[1] ?? []);
  return names.filter((name) => !NOT_FOR_PRELOAD.test(name)).map((name) => ({ name }));
}
