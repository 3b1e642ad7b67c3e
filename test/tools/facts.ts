import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { compare } from '../../generator/generate/problem.ts';
import { deploy } from './deployment.ts';
import { askEncodings, type EncodingFact } from './facts/encodings.ts';
import { librariesOf } from './facts/libraries.ts';
import { askObjects, joinNames, type ObjectFact } from './facts/objects.ts';
import { askSettings, type SettingFact } from './facts/settings.ts';
import { PROJECT } from './folders.ts';
import { fetchEveryPostgres } from './postgres-binaries.ts';
import { startServer } from './server.ts';

/*
 * npm run facts: writes what real servers of every supported major say of themselves into generator/postgresql/. Run it when a
 * major comes or goes, and read the difference.
 */
interface Facts {
  readonly settings: readonly SettingFact[];
  readonly libraries: readonly { readonly name: string }[];
  readonly encodings: readonly EncodingFact[];
  readonly objects: readonly ObjectFact[];
}

async function askServer(major: number, bin: string): Promise<Facts> {
  const { manifests } = await deploy({ values: 'services: {}\n', args: ['--set-string', `postgresql.version=${major}`] });
  const server = await startServer(bin, manifests);
  try {
    return await server.asAdmin(async (client) => {
      // What is tried is written each time, and need not last.
      await client.query('ALTER SYSTEM SET fsync = off');
      await client.query('SELECT pg_reload_conf()');
      return {
        settings: await askSettings(client, major),
        libraries: await librariesOf(client),
        encodings: await askEncodings(client),
        objects: await askObjects(client),
      };
    });
  } finally {
    await server.end();
  }
}

/** What is the same in several majors becomes one line. */
function joinMajors(ofMajors: ReadonlyMap<number, readonly { readonly name: string }[]>): object[] {
  const lines = new Map<string, { fact: { readonly name: string }; majors: number[] }>();
  for (const [major, facts] of ofMajors) {
    for (const fact of facts) {
      const key = JSON.stringify(fact);
      const line = lines.get(key) ?? { fact, majors: [] };
      lines.set(key, { fact, majors: [...line.majors, major] });
    }
  }
  return [...lines.values()]
    .map(({ fact: { name, ...rest }, majors }) => ({ name, majors, ...rest }))
    .sort((a, b) => compare(a.name, b.name) || (a.majors[0] ?? 0) - (b.majors[0] ?? 0));
}

const COMMENTS: Readonly<Record<keyof Facts, string>> = {
  settings:
    'Every setting of PostgreSQL 15 to 18, as pg_settings and ALTER SYSTEM of real servers say; npm run facts writes it. values: what an enum takes, which names a text may be, and of a bool that this build does not take both, the one; elsewhere: postgresql.conf may not have it; now: what it is called since.',
  libraries: 'The libraries that the official postgres image (Debian) has for the *_preload_libraries; npm run facts writes it.',
  encodings:
    'The encodings of PostgreSQL 15 to 18, and by which names they are known; npm run facts writes it. server: whether a database can have it; icu: whether with an ICU locale.',
  objects:
    'The names of types, functions, relations and operator classes that PostgreSQL 15 to 18 have in pg_catalog, and those that each extension adds which they ship; npm run facts writes it. Arrays and row types are left out.',
};

const all = new Map<number, Facts>();
for (const [major, bin] of await fetchEveryPostgres()) all.set(major, await askServer(major, bin));

const of = <K extends keyof Facts>(kind: K): ReadonlyMap<number, Facts[K]> =>
  new Map([...all].map(([major, facts]) => [major, facts[kind]]));

async function write(kind: keyof Facts, lines: readonly object[]): Promise<void> {
  const file = join(PROJECT, `generator/postgresql/${kind}.json`);
  const text = JSON.stringify({ $comment: COMMENTS[kind], [kind]: lines }).replaceAll('{"name"', '\n{"name"');
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

for (const kind of ['settings', 'libraries', 'encodings'] as const) await write(kind, joinMajors(of(kind)));
await write('objects', joinNames(of('objects')));
