import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A folder that becomes one case's after another's: only what differs is written. */
export class Tree {
  readonly folder: string;
  private present: ReadonlyMap<string, string> = new Map();

  constructor(folder: string) {
    this.folder = folder;
  }

  become(wanted: ReadonlyMap<string, string>): void {
    for (const path of this.present.keys()) if (!wanted.has(path)) this.remove(path);
    for (const [path, content] of wanted) if (this.present.get(path) !== content) this.write(path, content);
    this.present = wanted;
  }

  private write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  /** With the folders that are empty without it. */
  private remove(path: string): void {
    rmSync(join(this.folder, path));
    for (let folder = dirname(path); folder !== '.' && this.isEmpty(folder); folder = dirname(folder))
      rmdirSync(join(this.folder, folder));
  }

  private isEmpty(folder: string): boolean {
    return existsSync(join(this.folder, folder)) && readdirSync(join(this.folder, folder)).length === 0;
  }
}
