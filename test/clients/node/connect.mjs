// Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not.
import { readFileSync } from 'node:fs';
import pg from 'pg';
import postgres from 'postgres';

const ASK = "SELECT current_user || ' ' || ssl AS who FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

const CLIENTS = {
  'node-postgres': async (url) => {
    const client = new pg.Client(url);
    try {
      await client.connect();
      return (await client.query(ASK)).rows[0].who;
    } finally {
      await client.end();
    }
  },
  'postgres.js': async (url) => {
    const ssl = process.env.PGSSLROOTCERT ? { ca: readFileSync(process.env.PGSSLROOTCERT) } : undefined;
    const sql = url === undefined ? postgres({ ssl, max: 1 }) : postgres(url, { max: 1 });
    try {
      return (await sql.unsafe(ASK))[0].who;
    } finally {
      await sql.end();
    }
  },
};

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const [name, client, key, text] = line.split('\t');
  const variables = key === 'environment' ? text.split('\x1f').map((each) => each.split(/=(.*)/s)) : [];
  for (const [variable, value] of variables) process.env[variable] = value;
  const who = await CLIENTS[client](key === 'environment' ? undefined : text).catch((error) => String(error.message));
  for (const [variable] of variables) delete process.env[variable];
  console.log([name, client, key, who.replace(/\s/g, ' ')].join('\t'));
}
