import type { Model } from './model.ts';
import type { Input } from './read.ts';
import { EXTENSIONS } from './validate/extensions.ts';

/** What is worth a look, but no problem. */
export function notesOn(input: Pick<Input, 'homeFolders' | 'schemaFolders'>, model: Pick<Model, 'allowedExtensions'>): string[] {
  return [...strayFolders(input), ...unknownExtensions(model)];
}

/** Folders that belong to no service, most likely by a typing error. */
function strayFolders({ homeFolders, schemaFolders }: Pick<Input, 'homeFolders' | 'schemaFolders'>): string[] {
  const used = new Set([...schemaFolders.values()].map(({ path }) => path));
  return homeFolders
    .filter((path) => !used.has(path))
    .sort()
    .map((path) => `${path} belongs to no service`);
}

/** Extensions that PostgreSQL does not ship: an image of one's own may have them, and their harm is for its maker to know. */
function unknownExtensions({ allowedExtensions }: Pick<Model, 'allowedExtensions'>): string[] {
  return allowedExtensions
    .filter((name) => !EXTENSIONS.has(name))
    .map((name) => `the extension ${name} is allowed, but nobody here has looked at what it gives a service on a shared server`);
}
