import type { Input } from './read.ts';

/** What is worth a look, but no problem: folders that belong to no service, most likely by a typing error. */
export function notesOn({ homeFolders, schemaFolders }: Input): string[] {
  const used = new Set([...schemaFolders.values()].map(({ path }) => path));
  return homeFolders
    .filter((path) => !used.has(path))
    .sort()
    .map((path) => `${path} belongs to no service`);
}
