import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Comparison } from './compare.ts';

/** Brings the folder in line: everything is written beside its place first, then renamed, then what is stale is removed. */
export function write(folder: string, { changed, stale }: Comparison, onFile: () => void): void {
  const staged: { from: string; to: string }[] = [];
  const parents = new Set(changed.map(({ path }) => dirname(join(folder, path))));
  try {
    for (const parent of parents) mkdirSync(parent, { recursive: true });
    for (const { path, content } of changed) {
      const to = join(folder, path);
      const from = `${to}.writing`;
      staged.push({ from, to });
      writeFileSync(from, content);
      onFile();
    }
    for (const { from, to } of staged) renameSync(from, to);
  } finally {
    for (const { from } of staged) rmSync(from, { force: true });
  }
  for (const path of stale) removeFile(folder, path);
}

function removeFile(folder: string, path: string): void {
  rmSync(join(folder, path));
  const parent = dirname(join(folder, path));
  if (readdirSync(parent).length === 0) rmdirSync(parent);
}
