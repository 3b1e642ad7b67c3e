import type pg from 'pg';

export interface EncodingFact {
  readonly name: string;
  /** Further names, of those that the contract lets pass, without what separates their parts. */
  readonly aliases?: readonly string[];
  readonly server: boolean;
  readonly icu: boolean;
}

/** Names that PostgreSQL knows encodings by beside their own (the manual, table 24.3). */
const ALIASES = [
  ...[
    'ABC',
    'ALT',
    'KOI8',
    'MSKANJI',
    'SHIFTJIS',
    'TCVN',
    'TCVN5712',
    'UNICODE',
    'VSCII',
    'WIN',
    'WIN932',
    'WIN936',
    'WIN949',
    'WIN950',
  ],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16].map((part) => `ISO8859${part}`),
  ...[866, 874, 932, 936, 949, 950, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => `WINDOWS${page}`),
];

/** All encodings of a server; makes databases and drops them. */
export async function askEncodings(client: pg.Client): Promise<EncodingFact[]> {
  const { rows } = await client.query<{ name: string; aliases: string[] }>(
    `SELECT pg_encoding_to_char(id) AS name, array(SELECT a FROM unnest($1::text[]) AS a WHERE pg_char_to_encoding(a) = id ORDER BY a COLLATE "C") AS aliases
     FROM generate_series(0, 60) AS id WHERE pg_encoding_to_char(id) <> '' ORDER BY pg_encoding_to_char(id) COLLATE "C"`,
    [ALIASES],
  );
  const facts: EncodingFact[] = [];
  for (const { name, aliases } of rows) {
    const known = aliases.filter((alias) => alias !== name.replaceAll('_', ''));
    const encoding = `ENCODING ${client.escapeLiteral(name)}`;
    facts.push({
      name,
      ...(known.length > 0 ? { aliases: known } : {}),
      server: await canCreate(client, `${encoding} LOCALE 'C'`),
      icu: await canCreate(client, `${encoding} LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'und'`),
    });
  }
  return facts;
}

/** Whether a database can have these options. */
export async function canCreate(client: pg.Client, options: string): Promise<boolean> {
  try {
    await client.query(`CREATE DATABASE attempt TEMPLATE template0 ${options}`);
    await client.query('DROP DATABASE attempt');
    return true;
  } catch {
    return false;
  }
}
