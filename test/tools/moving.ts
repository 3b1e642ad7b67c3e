import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { certificateOf } from './authority.ts';
import { writeFiles } from './deployment.ts';
import { temporaryFolder } from './folders.ts';
import { startLab, type Lab } from './lab.ts';
import { ADMIN_SECRET, dataOf, pick, type Manifest } from './manifests.ts';
import type { PostgresMajor } from './postgres-binaries.ts';
import { BIN, runProgram } from './program.ts';
import type { Result } from './run.ts';

/** The command, in a folder with the values of both ends (from/values.yaml, to/values.yaml). */
export interface Mover {
  move(service: string, ...words: string[]): Promise<Result>;
  /** Runs it in a process of its own, and kills that as soon as it says that a step begins. Gives all that it said when it ended before. */
  killAt(step: string, service: string): Promise<string>;
  /** The same before it sends its statement of that number to either end. */
  killBefore(statement: number, service: string, ...words: string[]): Promise<string>;
}

/** Two servers that are provisioned for the same services, between which these move. */
export interface Ends extends Mover {
  readonly source: Lab;
  readonly target: Lab;
  end(): Promise<unknown>;
}

const WORDS = ['--values', 'from/values.yaml', '--to', 'to/values.yaml'];

/** By the programs of PostgreSQL 18. `environment` has the URLs of both ends. */
export function moverIn(folder: string, programs: string, environment: () => NodeJS.ProcessEnv): Mover {
  const whole = (): NodeJS.ProcessEnv => ({
    ...process.env,
    PATH: [programs, process.env['PATH'] ?? ''].join(delimiter),
    ...environment(),
  });
  const start = (
    args: readonly string[],
    further: NodeJS.ProcessEnv,
    hear: (said: string, kill: () => void) => void,
  ): Promise<string> => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...whole(), ...further },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let all = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (said: Buffer) => {
        all += said.toString();
        hear(said.toString(), () => child.kill('SIGKILL'));
      });
    return new Promise((resolve) => child.on('close', (code) => resolve(code === null ? 'killed' : all)));
  };
  return {
    move: (service, ...words) => runProgram(['move', service, ...WORDS, ...words], { cwd: folder, env: whole() }),
    killAt: (step, service) =>
      start([BIN, 'move', service, ...WORDS], {}, (said, kill) => {
        if (said.includes(step)) kill();
      }),
    killBefore: (statement, service, ...words) =>
      start(
        ['--import', join(import.meta.dirname, 'killed-at.js'), BIN, 'move', service, ...WORDS, ...words],
        { KILLED_AT: String(statement) },
        () => undefined,
      ),
  };
}

/** Values begin with a line `postgresql: { settings: …`. The programs are those of PostgreSQL 18. */
export async function startEnds(
  from: PostgresMajor,
  input: { readonly values: string; readonly files: Readonly<Record<string, string>> },
  programs: string,
): Promise<Ends> {
  const [source, target] = await Promise.all([startLab(from, input), startLab(18, input)]);
  for (const lab of [source, target]) {
    const { code, output } = await lab.job();
    if (code !== 0) throw new Error(output);
  }
  const urls = { DATABASE_URL: urlByTls(source), TO_DATABASE_URL: urlByTls(target) };
  return {
    source,
    target,
    ...moverIn(folderOf(from, input), programs, () => urls),
    end: () => Promise.all([source.server.end(), target.server.end()]),
  };
}

function folderOf(
  from: PostgresMajor,
  { values, files }: { readonly values: string; readonly files: Readonly<Record<string, string>> },
): string {
  const folder = temporaryFolder();
  for (const [end, major] of Object.entries({ from, to: 18 }))
    writeFiles(folder, {
      [`${end}/values.yaml`]: values.replace('{ settings', `{ version: "${major}", settings`),
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`${end}/${path}`, text])),
    });
  return folder;
}

/** As the admin, who knows nobody by a certificate. */
export function urlOf(lab: {
  readonly manifests: () => readonly Manifest[];
  readonly server: { readonly port: number };
}): string {
  return `postgresql://postgres:${passwordOf(lab.manifests())}@127.0.0.1:${lab.server.port}`;
}

/** The same over TLS, by the authority of the deployment. */
function urlByTls(lab: Lab): string {
  const file = join(temporaryFolder(), 'ca.crt');
  writeFileSync(file, certificateOf(lab.manifests())['ca.crt'] ?? '');
  const tls = `sslmode=verify-full&sslrootcert=${file}`;
  return `postgresql://postgres:${passwordOf(lab.manifests())}@localhost:${lab.server.port}/postgres?${tls}`;
}

const passwordOf = (manifests: readonly Manifest[]): string =>
  encodeURIComponent(dataOf(pick(manifests, 'Secret', ADMIN_SECRET))['password'] ?? '');
