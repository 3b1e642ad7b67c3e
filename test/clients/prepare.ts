import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CACHE } from '../tools/folders.ts';
import { installDebian } from '../tools/postgres-binaries.ts';
import { run, runOk } from '../tools/run.ts';

/** Throws when the machine lacks a program. */
export async function need(program: string): Promise<void> {
  const { code } = await run('sh', ['-c', `command -v ${program}`]);
  if (code !== 0) throw new Error(`there is no ${program}`);
}

/** Gives the command once the probe of it succeeds, for which Debian's package is installed where that is needed. */
export async function ofDebian(probe: readonly string[], name: string, command: readonly string[]): Promise<readonly string[]> {
  const [program = '', ...args] = probe;
  const found = await run(program, args).catch(() => ({ code: 1 }));
  if (found.code !== 0) await installDebian(name, name);
  return command;
}

/** What pom.xml names, in the folder jars. */
export async function fetchJars(folder: string): Promise<void> {
  await need('java');
  await need('mvn');
  await runOk('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], { cwd: folder });
}

/** What requirements.txt names, in an environment of Python's. */
export async function makeEnvironment(folder: string, environment: string): Promise<void> {
  await need('python3');
  await runOk('python3', ['-m', 'venv', environment], { cwd: folder });
  await runOk(`${environment}/bin/pip`, ['install', '--quiet', '--requirement', 'requirements.txt'], { cwd: folder });
}

/** The copy of a folder that lies beside this file in the cache, in which what was fetched stays between runs. */
export function copyOf(folder: string): string {
  const copy = join(CACHE, 'clients', folder);
  if (!existsSync(dirname(copy))) mkdirSync(dirname(copy), { recursive: true });
  cpSync(join(import.meta.dirname, folder), copy, { recursive: true });
  return copy;
}
