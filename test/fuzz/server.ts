import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../generator/generate/fields.ts';
import { deploy } from '../tools/deployment.ts';
import { temporaryFolder } from '../tools/folders.ts';
import { runJob } from '../tools/job.ts';
import type { Manifest } from '../tools/manifests.ts';
import type { PostgresMajor } from '../tools/postgres-binaries.ts';
import { run } from '../tools/run.ts';
import { startServer } from '../tools/server.ts';
import { unprivileged } from '../../generator/laptop/identity.ts';
import { Find, kindOf } from './find.ts';
import type { Survivor } from './judge.ts';
import { configOf } from './settings.ts';

export type Programs = Readonly<Record<PostgresMajor, string>>;

/** What a real server says of a configuration, and what provisioning does on one. */
export class RealServers {
  private readonly programs: Programs;
  private readonly known = new Set<string>();
  private readonly folder = temporaryFolder();

  constructor(programs: Programs) {
    this.programs = programs;
    // The server refuses to run as root, and whoever it runs as must get here.
    chmodSync(this.folder, 0o755);
  }

  /** Lets the server read the configuration; throws Find when it refuses a line. It judges each line alone, so only new ones are a reason to ask. */
  async check({ manifests, values }: Pick<Survivor, 'manifests' | 'values'>): Promise<void> {
    const program = this.programOf(values);
    if (program === undefined) return;
    const config = configOf(manifests);
    const lines = config.split('\n').map((line) => `${program} ${line}`);
    if (lines.every((line) => this.known.has(line))) return;
    const file = join(this.folder, 'postgresql.conf');
    writeFileSync(file, config);
    const args = ['-C', 'max_connections', '-D', this.folder, '-c', `config_file=${file}`];
    const { code, stderr } = await run(join(program, 'postgres'), args, { ...unprivileged(), cwd: '/' });
    if (code !== 0 && !wantsAnotherBuild(stderr))
      throw new Find(`postgresql: ${kindOf(withoutPlace(stderr))}`, `${stderr}\n${config}`);
    for (const line of lines) this.known.add(line);
  }

  /** Starts the server and runs the Job as the pods would, with the project's own scripts; throws Find when either fails. */
  async provision({ folder, values }: Survivor): Promise<void> {
    const program = this.programOf(values);
    if (program === undefined) return;
    const { manifests } = await deploy({ values: folder.values, files: folder.files });
    if (!hasAllSecrets(manifests, values)) return;
    const server = await startServer(program, manifests).catch((error: unknown) => {
      if (wantsMoreMemory(String(error))) return undefined;
      throw new Find('postgresql: the server does not start', String(error));
    });
    if (server === undefined) return;
    try {
      const { code, output } = await runJob(manifests, server.port);
      if (code !== 0)
        throw new Find(
          `provisioning: ${kindOf(
            output
              .split('\n')
              .find((line) => /ERROR|FATAL|failed/.test(line))
              ?.replace(/^[^:]*: /, '') ?? '',
          )}`,
          output,
        );
    } finally {
      await server.end();
    }
  }

  /** Of the majors that are there to ask. */
  private programOf(values: unknown): string | undefined {
    const version = at(at(values, 'postgresql'), 'version') ?? '18';
    return version === '18' ? this.programs[18] : version === '15' ? this.programs[15] : undefined;
  }
}

/** What the image has and a machine or a build of PostgreSQL need not: ways to compress, and its locale. */
const OF_THE_IMAGE = /"(default_toast|wal)_compression": "(lz4|zstd)"|"lc_(messages|monetary|numeric|time)": "en_US\.utf8"/;

function wantsAnotherBuild(stderr: string): boolean {
  const complaints = stderr.split('\n').filter((line) => line.includes('invalid value for parameter'));
  return complaints.length > 0 && complaints.every((line) => OF_THE_IMAGE.test(line));
}

/** A node that grants a limit of exabytes is not at hand. */
function wantsMoreMemory(said: string): boolean {
  return said.includes('could not map anonymous shared memory');
}

function withoutPlace(stderr: string): string {
  return (stderr.split('\n')[0] ?? '').replace(/^.*?(LOG|FATAL|ERROR|WARNING): +/, '').replace(/in file ".*/, '');
}

/** Whether the chart made every Secret: one of a person's own is not here, nor is what cert-manager makes. */
function hasAllSecrets(manifests: readonly Manifest[], values: unknown): boolean {
  const makesNone =
    [at(at(values, 'auth'), 'passwords'), at(at(values, 'tls'), 'mode')].some((way) => ELSEWHERE.includes(way)) ||
    JSON.stringify(values).includes('"existingSecret"');
  return !makesNone && manifests.some(({ kind }) => kind === 'Secret');
}

/** Ways to have Secrets that the chart does not make. */
const ELSEWHERE: readonly unknown[] = ['existingSecret', 'certManager'];

function at(data: unknown, key: string): unknown {
  return isRecord(data) ? data[key] : undefined;
}
