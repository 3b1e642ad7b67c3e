import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import type { OutputFile } from '../../generator/generate/render/output.ts';
import { VALUES } from '../tools/folders.ts';

/** A chart on the disk that becomes one case's after another's: only what differs is written. */
export class Chart {
  readonly folder: string;
  private readonly own: readonly OutputFile[];
  private readonly present = new Map<string, string>();

  constructor(folder: string, own: readonly OutputFile[]) {
    this.folder = folder;
    this.own = own;
  }

  become(generated: readonly OutputFile[]): void {
    const wanted = new Map([...this.own, ...generated].map(({ path, content }) => [path, content] as const));
    for (const path of this.present.keys()) if (!wanted.has(path)) this.remove(path);
    for (const [path, content] of wanted) if (this.present.get(path) !== content) this.write(path, content);
  }

  private write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
    this.present.set(path, content);
  }

  private remove(path: string): void {
    rmSync(join(this.folder, path));
    this.present.delete(path);
  }
}

/** Renders the values as Helm has them in the end, for a look at how it read them. */
const PROBE: OutputFile = {
  path: 'templates/probe.yaml',
  content: `apiVersion: v1
kind: ConfigMap
metadata:
  name: values-as-read
data:
  values: {{ .Values | toJson | b64enc | quote }}
`,
};

const DEPENDS_ON_SERVICES = /^(sql|templates\/services)\/|^(desired\.json|values\.yaml)$/;

/** The project's chart for cases. What its pods run is the same in all of them and most of what Helm would render, so it is cut short. */
export async function chartIn(folder: string): Promise<Chart> {
  const { files } = await generate(readInput({ values: VALUES, out: folder }));
  const own = files.map(({ path, content }) => ({ path, content: path.startsWith('provisioning/') ? `-- ${path}\n` : content }));
  const chart = new Chart(folder, [...own.filter(({ path }) => !DEPENDS_ON_SERVICES.test(path)), PROBE]);
  chart.become(own);
  return chart;
}
