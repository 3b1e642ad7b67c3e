import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRecord } from '../generate/fields.ts';
import { PROJECT } from '../project-folder.ts';
import type { Installed } from './bill-of-materials.ts';

/** The generator and all that it needs to run, as they are installed: each once, those that this machine needs not left out. */
export function readInstalled(): readonly [Installed, ...Installed[]] {
  const found = new Map<string, Installed>();
  const generator = readPackage(PROJECT);
  const queue = [{ folder: PROJECT, needs: generator.needs }];
  for (const { folder, needs } of queue) {
    for (const name of needs) {
      const own = folderOf(name, folder);
      if (own === undefined || found.has(own)) continue;
      const read = readPackage(own);
      found.set(own, read);
      queue.push({ folder: own, needs: read.needs });
    }
  }
  return [generator, ...[...found.values()].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))];
}

const nameOf = ({ name, version }: Installed): string => `${name}@${version}`;

/** Where Node looks for a package from a folder on. */
function folderOf(name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(from);
  return above === from ? undefined : folderOf(name, above);
}

function readPackage(folder: string): Installed {
  const read: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const manifest = isRecord(read) ? read : {};
  const namesIn = (key: string): string[] => (isRecord(manifest[key]) ? Object.keys(manifest[key]) : []);
  const needs = ['dependencies', 'optionalDependencies'].flatMap(namesIn);
  return { name: String(manifest['name']), version: String(manifest['version']), needs };
}
