import { gzipSync } from 'fflate';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, extract, type WriteEntry } from 'tar';
import { InputError } from '../generate/problem.ts';
import { runOwnHelm } from './program.ts';

/** A chart as it is published. */
export interface Package {
  readonly file: string;
  /** sha256:… of its bytes, which are the same whenever and wherever the same chart is packed. */
  readonly digest: string;
}

/** What is to be packed. */
export interface Wanted {
  readonly chart: string;
  /** The version to pack it as, if it is not its own. */
  readonly version?: string;
  /** What becomes of the text of its Chart.yaml. */
  readonly annotate: (text: string) => string;
}

/**
 * Packs a chart into a folder. Helm says what belongs into it (.helmignore), and writes the times of the moment, which are taken out. Throws InputError
 * with what Helm refuses.
 */
export async function packChart({ chart, version, annotate }: Wanted, folder: string): Promise<Package> {
  const options = version === undefined ? [] : ['--version', version];
  const said = await runOwnHelm(['package', chart, '--destination', folder, ...options]);
  if ('failed' in said)
    throw new InputError([{ file: chart, message: `Helm does not pack it: ${said.failed}`, hint: 'Mend what it says.' }]);
  const [name = ''] = readdirSync(folder).filter((each) => each.endsWith('.tgz'));
  const file = join(folder, name);
  await extract({ file, cwd: folder });
  for (const entry of readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory())) {
    const own = join(folder, entry.name, 'Chart.yaml');
    writeFileSync(own, annotate(readFileSync(own, 'utf8')));
  }
  const bytes = gzipSync(await pack(folder, name), { level: 9, mtime: 0 });
  writeFileSync(file, bytes);
  return { file, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

/** A tar of what a folder holds beside the package, in one order, with no time, owner or mode of this machine. */
async function pack(folder: string, name: string): Promise<Uint8Array> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== name)
    .map(({ parentPath, name: own }) => join(parentPath, own));
  const paths = files.map((file) => file.slice(folder.length + 1)).sort();
  const parts: Buffer[] = [];
  const options = { cwd: folder, portable: true, mtime: new Date(0), onWriteEntry: withoutMode };
  for await (const part of create(options, paths)) parts.push(part);
  return Buffer.concat(parts);
}

/** What a file may be depends on who unpacked it. */
function withoutMode({ stat }: WriteEntry): void {
  if (stat) stat.mode = 0o644;
}
