// Reads lines of a name, a client, a key and its text; logs in by each and prints the first three with who that was, or why not.
import { readFileSync } from 'node:fs';
import { PrismaPg } from '@prisma/adapter-pg';
import prisma from './generated/index.js';

async function ask(connectionString) {
  const client = new prisma.PrismaClient({ adapter: new PrismaPg({ connectionString, max: 1 }, { schema: 'pg_catalog' }) });
  try {
    // A query of the compiler, which is what replaced the engine, beside one of text.
    const { name } = await client.login.findFirstOrThrow({ where: { name: { startsWith: 'shopdb_r' } } });
    const [{ who }] =
      await client.$queryRaw`SELECT current_user || ' ' || ssl AS who FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
    return name ? who : 'nobody';
  } finally {
    await client.$disconnect();
  }
}

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const [name, client, key, text] = line.split('\t');
  const variables = key === 'environment' ? text.split('\x1f').map((each) => each.split(/=(.*)/s)) : [];
  for (const [variable, value] of variables) process.env[variable] = value;
  const who = await ask(key === 'environment' ? undefined : text).catch(
    (error) => `${error.message} ${JSON.stringify(error.meta ?? {})}`,
  );
  for (const [variable] of variables) delete process.env[variable];
  console.log([name, client, key, who.replace(/\s/g, ' ')].join('\t'));
}
