import { generate } from '../../generator/generate/generate.ts';
import { readInput } from '../../generator/generate/read.ts';
import type { Project } from '../../generator/generate/read/project.ts';
import type { OutputFile } from '../../generator/generate/render/output.ts';
import { VALUES } from '../tools/folders.ts';
import { Tree } from './tree.ts';

/** A chart on the disk: the project's, with what is generated for one case after another. */
export class Chart {
  private readonly tree: Tree;
  private readonly own: readonly OutputFile[];
  /** How many times it has become another. */
  changes = 0;

  constructor(folder: string, own: readonly OutputFile[]) {
    this.tree = new Tree(folder);
    this.own = own;
  }

  get folder(): string {
    return this.tree.folder;
  }

  become(generated: readonly OutputFile[]): void {
    this.changes += 1;
    this.tree.become(new Map([...this.own, ...generated].map(({ path, content }) => [path, content])));
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

/** With it, a rendering makes passwords as it does where it can look into a cluster in which there are none. */
const NO_PASSWORDS_YET: OutputFile = { path: 'passwords.json', content: '{}' };

const DEPENDS_ON_SERVICES = /^(sql|templates\/services)\/|^(desired\.json|values\.yaml)$/;

/** The project's chart for cases. What its pods run is the same in all of them and most of what Helm would render, so it is cut short. */
export async function chartIn(folder: string, project: Project): Promise<Chart> {
  const { files } = await generate(readInput({ values: VALUES, out: folder }, project));
  const own = files.map(({ path, content }) => ({ path, content: path.startsWith('provisioning/') ? `-- ${path}\n` : content }));
  const chart = new Chart(folder, [...own.filter(({ path }) => !DEPENDS_ON_SERVICES.test(path)), PROBE, NO_PASSWORDS_YET]);
  chart.become(own);
  return chart;
}
